// The metrics against computations by hand and by their definitions.
#include "nn/train/metrics.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using namespace hone::nn::train;

namespace {

// Outputs [N, width] with labels or a column "target" of the same shape.
struct Case {
  std::shared_ptr<Device> device = open_device("cpu");
  nn::data::Dataset data;
  KeptOutputs outputs;

  Case(std::int64_t width, const std::vector<float>& values,
       const std::vector<std::int32_t>& labels)
      : data({.samples = samples(labels.size()),
              .labels = Tensor::from<std::int32_t>(*device, labels, Shape{rows(labels)}),
              .classes = static_cast<int>(width)}),
        outputs{Shape{width}, values, data} {}
  Case(std::int64_t width, const std::vector<float>& values, const std::vector<float>& target)
      : data({.samples = samples(target.size() / static_cast<std::size_t>(width)),
              .columns = {{"target", Tensor::from<float>(*device, target,
                                                         Shape{rows(target) / width, width})}}}),
        outputs{Shape{width}, values, data} {}

  template <class T>
  static std::int64_t rows(const std::vector<T>& list) {
    return static_cast<std::int64_t>(list.size());
  }
  Tensor samples(std::size_t count) const {
    return Tensor::from<float>(*device, std::vector<float>(count),
                               Shape{static_cast<std::int64_t>(count), 1});
  }
};

}  // namespace

TEST_CASE("precision, recall and F1 count classes as the confusion matrix does") {
  // predicted 0 0 1 2 2 1, labels 0 1 1 2 0 1
  const Case three(3, {2, 1, 0, 3, 0, 0, 0, 1, 0, 0, 0, 9, 0, 1, 2, 0, 1, 1},
                   std::vector<std::int32_t>{0, 1, 1, 2, 0, 1});
  CHECK(Precision{.of = 0}(three.outputs) == doctest::Approx(0.5));
  CHECK(Precision{.of = 1}(three.outputs) == 1);
  CHECK(Precision{.of = 2}(three.outputs) == doctest::Approx(0.5));
  CHECK(Precision{}(three.outputs) == doctest::Approx(2.0 / 3));
  CHECK(Recall{.of = 0}(three.outputs) == doctest::Approx(0.5));
  CHECK(Recall{.of = 1}(three.outputs) == doctest::Approx(2.0 / 3));
  CHECK(Recall{.of = 2}(three.outputs) == 1);
  CHECK(F1{.of = 1}(three.outputs) == doctest::Approx(0.8));
  CHECK(F1{}(three.outputs) == doctest::Approx((0.5 + 0.8 + 2.0 / 3) / 3));
  CHECK(TopK{.k = 1}(three.outputs) == doctest::Approx(4.0 / 6));
  // Sample 1 ranks its label second (a tie that class 1 wins), sample 4 third.
  CHECK(TopK{.k = 2}(three.outputs) == doctest::Approx(5.0 / 6));
  CHECK(TopK{.k = 3}(three.outputs) == 1);
}

TEST_CASE("the area under the curve is the share of pairs in the right order") {
  PhiloxStream random(5);
  std::vector<float> logits;
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 120; ++i) {
    labels.push_back(static_cast<std::int32_t>(random.below(2)));
    logits.push_back(0);
    // Few values, so that many scores are equal.
    logits.push_back(static_cast<float>(random.below(5)) + static_cast<float>(labels.back()));
  }
  const Case two(2, logits, labels);
  double right = 0, pairs = 0;
  for (std::size_t i = 0; i < labels.size(); ++i)
    for (std::size_t k = 0; k < labels.size(); ++k) {
      if (labels[i] != 1 || labels[k] != 0) continue;
      const float a = logits[2 * i + 1], b = logits[2 * k + 1];
      right += a > b ? 1 : a == b ? 0.5 : 0;
      ++pairs;
    }
  CHECK(Auc{}(two.outputs) == doctest::Approx(right / pairs));

  // The same as logits of a column of zeros and ones, beside one that is all wrong.
  std::vector<float> scores, target;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    scores.insert(scores.end(), {logits[2 * i + 1], static_cast<float>(-labels[i])});
    target.insert(target.end(), 2, static_cast<float>(labels[i]));
  }
  const Case column(2, scores, target);
  CHECK(Auc{.target = "target"}(column.outputs) == doctest::Approx(right / pairs / 2));
  const Case sure(1, {3, -1, 2, -2}, std::vector<float>{1, 0, 0, 0});
  CHECK(BinaryAccuracy{}(sure.outputs) == doctest::Approx(0.75));
  CHECK(std::isnan(Auc{.target = "target"}(Case(1, {1, 2}, std::vector<float>{1, 1}).outputs)));
  // Perfect for three classes.
  const Case three(3, {9, 0, 0, 0, 9, 0, 0, 0, 9}, std::vector<std::int32_t>{0, 1, 2});
  CHECK(Auc{}(three.outputs) == 1);
}

TEST_CASE("the calibration error is the distance of sureness from rightness") {
  // Logits 0 and log 3: sure to 0.75; three of four are right: no error. log 9: 0.9, all wrong.
  const float l3 = std::log(3.0f), l9 = std::log(9.0f);
  const Case good(2, {0, l3, 0, l3, 0, l3, 0, l3}, std::vector<std::int32_t>{1, 1, 1, 0});
  CHECK(CalibrationError{}(good.outputs) == doctest::Approx(0).epsilon(1e-6));
  const Case bad(2, {0, l9, 0, l9}, std::vector<std::int32_t>{0, 0});
  CHECK(CalibrationError{}(bad.outputs) == doctest::Approx(0.9));
}

TEST_CASE("R2, RMSE and the absolute errors follow their definitions") {
  const Case one(1, {1, 2, 3, 5}, std::vector<float>{1, 2, 4, 4});
  CHECK(RootMeanSquaredError{}(one.outputs) == doctest::Approx(std::sqrt(0.5)));
  CHECK(R2{}(one.outputs) == doctest::Approx(1 - 2.0 / 6.75));
  CHECK(MedianAbsoluteError{}(one.outputs) == doctest::Approx(0.5));
  // Two values a sample: each with its own mean; the second never varies.
  const Case two(2, {1, 7, 3, 8}, std::vector<float>{1, 7, 3, 7});
  CHECK(R2{}(two.outputs) == doctest::Approx(0.5));
}

TEST_CASE("metrics are found by name, and refuse what does not fit") {
  for (const char* name :
       {"top_5", "top_1", "precision", "recall", "f1", "auc", "calibration_error",
        "binary_accuracy", "mse", "mae", "median_ae", "rmse", "r2"})
    CHECK(make_metric(name).name() == name);
  for (const char* name : {"top_", "top_0", "top_x", "", "speed"})
    CHECK(contains(error_of([&] { make_metric(name); }), "usage: there is no metric '"));
  const Case two(2, {0, 1}, std::vector<std::int32_t>{1});
  const auto refusal = [&](const Metric& metric) {
    return error_of([&] { metric.check(Shape{1, 2}, two.data); });
  };
  CHECK(refusal(F1{}) == "");
  CHECK(contains(refusal(F1{.of = 2}), "f1: there is no class 2, the model has 2"));
  CHECK(contains(refusal(R2{}), "r2: the data set has no column 'target'"));
  CHECK(contains(error_of([&] { Metric(Auc{}).check(Shape{1, 1}, two.data); }), "auc: the model"));
}
