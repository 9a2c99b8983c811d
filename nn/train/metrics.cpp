// Working out metrics from the outputs of a data set.
#include "nn/train/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/numbers.h"
#include "nn/train/target.h"

namespace hone::nn::train {
namespace {

void check_classifies(const char* who, const Shape& output, const data::Dataset& data) {
  check(data.has_labels(), "{}: the data set has no labels", who);
  check(output.rank() == 2 && output[1] >= std::max(data.classes(), 2),
        "{}: the model gives shape {} for a batch, [N, {}] is needed: one logit for each class",
        who, output.str(), std::max(data.classes(), 2));
}

void check_class(const char* who, int of, const Shape& output, const data::Dataset& data) {
  check_classifies(who, output, data);
  check(of >= -1 && of < output[1], "{}: there is no class {}, the model has {}", who, of,
        output[1]);
}

// The outputs of a classification by rows, with the labels.
class Logits {
 public:
  explicit Logits(const KeptOutputs& outputs)
      : values_(outputs.values),
        classes_(static_cast<std::size_t>(outputs.sample.count())),
        labels_(outputs.data.labels().to_vector<std::int32_t>()) {}

  std::size_t count() const { return labels_.size(); }
  std::size_t classes() const { return classes_; }
  std::size_t label(std::size_t i) const { return static_cast<std::size_t>(labels_[i]); }
  double at(std::size_t i, std::size_t c) const {
    return static_cast<double>(values_[i * classes_ + c]);
  }
  // The class of the largest output, the first of equal ones.
  std::size_t predicted(std::size_t i) const {
    const auto row = values_.begin() + static_cast<std::ptrdiff_t>(i * classes_);
    return static_cast<std::size_t>(
        std::max_element(row, row + static_cast<std::ptrdiff_t>(classes_)) - row);
  }
  double probability(std::size_t i, std::size_t c) const {
    const double top = at(i, predicted(i));
    double sum = 0;
    for (std::size_t k = 0; k < classes_; ++k) sum += std::exp(at(i, k) - top);
    return std::exp(at(i, c) - top) / sum;
  }

 private:
  const std::vector<float>& values_;
  std::size_t classes_;
  std::vector<std::int32_t> labels_;
};

double share(double part, double of) { return of > 0 ? part / of : 0; }

// How often each class was right, predicted, and there.
struct Counts {
  std::vector<double> right, predicted, there;
  explicit Counts(const Logits& logits)
      : right(logits.classes()), predicted(logits.classes()), there(logits.classes()) {
    for (std::size_t i = 0; i < logits.count(); ++i) {
      const std::size_t guess = logits.predicted(i), label = logits.label(i);
      ++predicted[guess];
      ++there[label];
      if (guess == label) ++right[label];
    }
  }
  double precision(std::size_t c) const { return share(right[c], predicted[c]); }
  double recall(std::size_t c) const { return share(right[c], there[c]); }
  double f1(std::size_t c) const { return share(2 * right[c], predicted[c] + there[c]); }
};

// Of one class, or the mean over all.
template <class Of>
double of_class(const KeptOutputs& outputs, int of, Of value) {
  const Counts counts{Logits(outputs)};
  if (of >= 0) return value(counts, static_cast<std::size_t>(of));
  double sum = 0;
  for (std::size_t c = 0; c < counts.there.size(); ++c) sum += value(counts, c);
  return sum / static_cast<double>(counts.there.size());
}

std::string name_of_class(const char* name, int of) {
  return of < 0 ? name : fmt::format("{}_{}", name, of);
}

// The area under the ROC curve by ranks (Mann & Whitney); NaN without both kinds.
double auc_of(const std::vector<double>& scores, const std::vector<bool>& positive) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
  double positives = 0, rank_sum = 0;
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;  // those with one score share the mean of their ranks
    while (last < order.size() && scores[order[last]] == scores[order[first]]) ++last;
    const double rank = static_cast<double>(first + last + 1) / 2;
    for (; first < last; ++first)
      if (positive[order[first]]) {
        ++positives;
        rank_sum += rank;
      }
  }
  const double negatives = static_cast<double>(order.size()) - positives;
  if (positives == 0 || negatives == 0) return std::numeric_limits<double>::quiet_NaN();
  return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives);
}

double auc_of_labels(const Logits& logits) {
  std::vector<double> scores(logits.count());
  std::vector<bool> positive(logits.count());
  const auto against_others = [&](std::size_t c) {
    for (std::size_t i = 0; i < scores.size(); ++i) {
      scores[i] =
          logits.classes() == 2 ? logits.at(i, 1) - logits.at(i, 0) : logits.probability(i, c);
      positive[i] = logits.label(i) == c;
    }
    return auc_of(scores, positive);
  };
  if (logits.classes() == 2) return against_others(1);
  const Counts counts(logits);
  double sum = 0, classes = 0;
  for (std::size_t c = 0; c < logits.classes(); ++c) {
    if (counts.there[c] == 0) continue;
    sum += against_others(c);
    ++classes;
  }
  return sum / classes;
}

// Errors of a regression, value by value of a sample.
template <class Use>
void for_each_error(const KeptOutputs& outputs, const char* who, const std::string& target,
                    Use use) {
  const std::vector<double> expected = target_values(target, who, outputs.data);
  const auto width = static_cast<std::size_t>(outputs.sample.count());
  for (std::size_t i = 0; i < expected.size(); ++i)
    use(i % width, expected[i], static_cast<double>(outputs.values[i]) - expected[i]);
}

}  // namespace

std::string TopK::name() const { return fmt::format("top_{}", k); }

void TopK::check(const Shape& output, const data::Dataset& data) const {
  check_classifies("top_k", output, data);
  hone::check(k >= 1, "top_k: k is {}, it must be at least 1", k);
}

double TopK::operator()(const KeptOutputs& outputs) const {
  const Logits logits(outputs);
  double right = 0;
  for (std::size_t i = 0; i < logits.count(); ++i) {
    const std::size_t label = logits.label(i);
    int before = 0;
    for (std::size_t c = 0; c < logits.classes(); ++c)
      if (logits.at(i, c) > logits.at(i, label) ||
          (logits.at(i, c) == logits.at(i, label) && c < label))
        ++before;
    right += before < k ? 1 : 0;
  }
  return right / static_cast<double>(logits.count());
}

std::string Precision::name() const { return name_of_class("precision", of); }
void Precision::check(const Shape& output, const data::Dataset& data) const {
  check_class("precision", of, output, data);
}
double Precision::operator()(const KeptOutputs& outputs) const {
  return of_class(outputs, of, [](const Counts& n, std::size_t c) { return n.precision(c); });
}

std::string Recall::name() const { return name_of_class("recall", of); }
void Recall::check(const Shape& output, const data::Dataset& data) const {
  check_class("recall", of, output, data);
}
double Recall::operator()(const KeptOutputs& outputs) const {
  return of_class(outputs, of, [](const Counts& n, std::size_t c) { return n.recall(c); });
}

std::string F1::name() const { return name_of_class("f1", of); }
void F1::check(const Shape& output, const data::Dataset& data) const {
  check_class("f1", of, output, data);
}
double F1::operator()(const KeptOutputs& outputs) const {
  return of_class(outputs, of, [](const Counts& n, std::size_t c) { return n.f1(c); });
}

void CalibrationError::check(const Shape& output, const data::Dataset& data) const {
  check_classifies("calibration_error", output, data);
  hone::check(bins >= 1 && bins <= 10000, "calibration_error: bins is {}, it must be 1 to 10000",
              bins);
}

double CalibrationError::operator()(const KeptOutputs& outputs) const {
  const Logits logits(outputs);
  const auto count = static_cast<std::size_t>(bins);
  std::vector<double> sure(count), right(count);
  for (std::size_t i = 0; i < logits.count(); ++i) {
    const std::size_t guess = logits.predicted(i);
    const double p = logits.probability(i, guess);
    const auto bin = std::min(static_cast<std::size_t>(p * bins), count - 1);
    sure[bin] += p;
    right[bin] += guess == logits.label(i) ? 1 : 0;
  }
  double error = 0;
  for (std::size_t bin = 0; bin < count; ++bin) error += std::fabs(sure[bin] - right[bin]);
  return error / static_cast<double>(logits.count());
}

void Auc::check(const Shape& output, const data::Dataset& data) const {
  if (target.empty())
    check_classifies("auc", output, data);
  else
    check_target("auc", target, output, data);
}

double Auc::operator()(const KeptOutputs& outputs) const {
  if (target.empty()) return auc_of_labels(Logits(outputs));
  const std::vector<double> truth = target_values(target, "auc", outputs.data);
  const auto width = static_cast<std::size_t>(outputs.sample.count());
  double sum = 0;
  for (std::size_t c = 0; c < width; ++c) {
    std::vector<double> scores;
    std::vector<bool> positive;
    for (std::size_t i = c; i < truth.size(); i += width) {
      scores.push_back(static_cast<double>(outputs.values[i]));
      positive.push_back(truth[i] > 0.5);
    }
    sum += auc_of(scores, positive);
  }
  return sum / static_cast<double>(width);
}

void BinaryAccuracy::check(const Shape& output, const data::Dataset& data) const {
  check_target("binary_accuracy", target, output, data);
}

double BinaryAccuracy::operator()(const KeptOutputs& outputs) const {
  const std::vector<double> truth = target_values(target, "binary_accuracy", outputs.data);
  double right = 0;
  for (std::size_t i = 0; i < truth.size(); ++i)
    right += (outputs.values[i] > 0) == (truth[i] > 0.5) ? 1 : 0;
  return right / static_cast<double>(truth.size());
}

void MedianAbsoluteError::check(const Shape& output, const data::Dataset& data) const {
  check_target("median_ae", target, output, data);
}

double MedianAbsoluteError::operator()(const KeptOutputs& outputs) const {
  std::vector<double> errors;
  for_each_error(outputs, "median_ae", target,
                 [&](std::size_t, double, double error) { errors.push_back(std::fabs(error)); });
  const auto middle = errors.begin() + static_cast<std::ptrdiff_t>(errors.size() / 2);
  std::nth_element(errors.begin(), middle, errors.end());
  const double upper = *middle;
  if (errors.size() % 2 == 1) return upper;
  return (upper + *std::max_element(errors.begin(), middle)) / 2;
}

void RootMeanSquaredError::check(const Shape& output, const data::Dataset& data) const {
  check_target("rmse", target, output, data);
}

double RootMeanSquaredError::operator()(const KeptOutputs& outputs) const {
  double sum = 0;
  for_each_error(outputs, "rmse", target,
                 [&](std::size_t, double, double error) { sum += error * error; });
  return std::sqrt(sum / static_cast<double>(outputs.values.size()));
}

void R2::check(const Shape& output, const data::Dataset& data) const {
  check_target("r2", target, output, data);
}

double R2::operator()(const KeptOutputs& outputs) const {
  const auto width = static_cast<std::size_t>(outputs.sample.count());
  const std::size_t count = outputs.values.size() / width;
  const auto rows = static_cast<double>(count);
  std::vector<double> means(width), errors(width), spread(width);
  for_each_error(outputs, "r2", target, [&](std::size_t c, double expected, double error) {
    means[c] += expected / rows;
    errors[c] += error * error;
  });
  for_each_error(outputs, "r2", target, [&](std::size_t c, double expected, double) {
    spread[c] += (expected - means[c]) * (expected - means[c]);
  });
  double sum = 0;
  for (std::size_t c = 0; c < width; ++c) sum += spread[c] > 0 ? 1 - errors[c] / spread[c] : 0;
  return sum / static_cast<double>(width);
}

Metric make_metric(const std::string& name) {
  const std::vector<Metric> all = {Precision{},
                                   Recall{},
                                   F1{},
                                   CalibrationError{},
                                   Auc{},
                                   BinaryAccuracy{},
                                   MeanSquaredError{},
                                   MeanAbsoluteError{},
                                   MedianAbsoluteError{},
                                   RootMeanSquaredError{},
                                   R2{}};
  std::string known = "top_1, top_5";
  for (const Metric& metric : all) {
    if (metric.name() == name) return metric;
    known += ", " + metric.name();
  }
  if (name.starts_with("top_"))
    if (const auto k = parse_int(std::string_view(name).substr(4)); k && *k >= 1 && *k <= 1'000'000)
      return TopK{.k = static_cast<int>(*k)};
  fail(ErrorKind::usage, "there is no metric '{}'; there are: {}", printable(name), known);
}

}  // namespace hone::nn::train
