// Values and hyperparameters of a view.
#include "tune/samplers/gp_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tune/constraints.h"
#include "tune/cost.h"

namespace hone::tune::gp {
namespace {

constexpr std::size_t kEveryTrial = 40;   // up to so many trials each view has a fit of its own,
constexpr std::size_t kEveryThird = 120;  // up to so many each third one, then each fifth
constexpr std::size_t kMostPoints = 96;   // of a fit
constexpr std::size_t kBestPoints = 32;   // of these, how many are the best; the rest is spread out
constexpr int kSteps = 14;

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : values[half - 1] / 2 + values[half] / 2;
}

// Returns the deviation.
double standardise(std::vector<double>& y) {
  // Numbers whose squares would leave the range of a double are brought to about 1 before.
  double largest = 0, scale = 1;
  for (const double v : y) largest = std::max(largest, std::abs(v));
  if (largest > 1e150 || (largest > 0 && largest < 1e-150)) scale = largest;
  for (double& v : y) v /= scale;
  double mean = 0, squares = 0;
  for (const double v : y) mean += v;
  mean /= static_cast<double>(y.size());
  for (const double v : y) squares += (v - mean) * (v - mean);
  const double deviation = std::sqrt(squares / static_cast<double>(y.size()));
  const double inverse = deviation > 0 && std::isfinite(deviation) ? 1 / deviation : 0;
  for (double& v : y) v = (v - mean) * inverse;
  return inverse > 0 ? deviation * scale : 0;
}

// Which rows a fit looks at: all, or the best and some of the others, evenly over the history.
std::vector<std::size_t> rows_to_fit(const std::vector<double>& y) {
  std::vector<std::size_t> rows(y.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i;
  if (rows.size() <= kMostPoints) return rows;
  std::stable_sort(rows.begin(), rows.end(),
                   [&](std::size_t a, std::size_t b) { return y[a] < y[b]; });
  std::vector<std::size_t> others(rows.begin() + kBestPoints, rows.end());
  rows.resize(kBestPoints);
  std::sort(others.begin(), others.end());
  constexpr std::size_t kSpread = kMostPoints - kBestPoints;
  for (std::size_t i = 0; i < kSpread; ++i) rows.push_back(others[i * others.size() / kSpread]);
  std::sort(rows.begin(), rows.end());
  return rows;
}

NamedHyperparameters fit_to_all(const HistoryView& view, Fitter::Observe observe_all) {
  const Observations seen = observe_all(view);
  const ConditionalSpace space(view.tree());
  NamedHyperparameters named;
  if (seen.trials.empty() || space.size() == 0) return named;
  const std::vector<std::size_t> rows = rows_to_fit(seen.y);
  std::vector<double> y;
  for (const std::size_t row : rows) y.push_back(seen.y[row]);
  const Hyperparameters hyper = fit(coordinates(space, seen.trials).subset(rows), y, kSteps);
  for (std::size_t j = 0; j < space.size(); ++j)
    named.weights.emplace(space[j].name, hyper.weights[j]);
  named.scale = hyper.scale;
  named.noise = hyper.noise;
  return named;
}

}  // namespace

Observations observe(const HistoryView& view) {
  const double sign = view.direction() == Direction::minimize ? 1 : -1;
  const double inf = std::numeric_limits<double>::infinity();
  Observations seen;
  std::vector<double> finite;
  for (const TrialRecord& trial : view.finished()) {
    if (trial.params.empty()) continue;
    double y = inf;
    const bool feasible = violation(trial) == 0;
    if (feasible && trial.state != TrialState::fail && trial.value() && !std::isnan(*trial.value()))
      y = sign * *trial.value();
    if (trial.state == TrialState::complete) {
      ++seen.complete;
      if (std::isfinite(y)) finite.push_back(y);
      if (!std::isnan(y) && (seen.best < 0 || y < seen.y[static_cast<std::size_t>(seen.best)]))
        seen.best = static_cast<int>(seen.trials.size());
    }
    seen.trials.push_back(&trial);
    seen.y.push_back(y);
  }
  if (finite.empty()) {
    std::fill(seen.y.begin(), seen.y.end(), 0.0);
    return seen;
  }
  const double middle = median_of(finite);
  const auto [least, most] = std::minmax_element(finite.begin(), finite.end());
  const double low = *least, high = *most;
  for (std::size_t i = 0; i < seen.y.size(); ++i) {
    double& y = seen.y[i];
    y = std::clamp(y, low, high);
    if (seen.trials[i]->state == TrialState::pruned) y = std::max(y, middle);
    const double span = middle - low;
    // Quotients first: the difference of two large numbers may overflow.
    if (y > middle && span > 0 && std::isfinite(span))
      y = middle + span * std::log1p((y - middle) / span);
    if (!std::isfinite(y)) y = middle;
  }
  seen.unit = standardise(seen.y);
  return seen;
}

Observations observe_costs(const HistoryView& view) {
  Observations seen;
  for (const TrialRecord& trial : view.finished()) {
    const double cost = log_cost(trial);
    if (trial.params.empty() || std::isnan(cost)) continue;
    seen.trials.push_back(&trial);
    seen.y.push_back(cost);
  }
  if (!seen.y.empty()) seen.unit = standardise(seen.y);
  return seen;
}

Points coordinates(const ConditionalSpace& space, const std::vector<const TrialRecord*>& trials) {
  Points points;
  points.count = trials.size();
  points.columns.assign(space.size(), std::vector<double>(trials.size()));
  if (space.size() < 2) points.alone = 0;
  for (std::size_t j = 0; j < space.size(); ++j) {
    points.is_category.push_back(space[j].category ? 1 : 0);
    // Two points are alike in each parameter that both lack, which says nothing of their values.
    if (space[j].branching) points.alone = 0;
  }
  std::vector<double> x(space.size());
  for (std::size_t i = 0; i < trials.size(); ++i) {
    space.embed(space.values_of(trials[i]->params), x.data());
    for (std::size_t j = 0; j < space.size(); ++j) points.columns[j][i] = x[j];
  }
  return points;
}

Hyperparameters NamedHyperparameters::in(const ConditionalSpace& space) const {
  Hyperparameters hyper{{}, scale, noise};
  for (std::size_t j = 0; j < space.size(); ++j) {
    const auto known = weights.find(space[j].name);
    hyper.weights.push_back(known == weights.end() ? 1.0 : known->second);
  }
  return hyper;
}

std::shared_ptr<const NamedHyperparameters> Fitter::fit_to(const HistoryView& view) const {
  const std::size_t n = view.size(), last = n < kEveryTrial ? n : n - n % (n < kEveryThird ? 3 : 5);
  return memo_.get(view.prefix(last),
                   [&](const HistoryView& first) { return fit_to_all(first, observe_); });
}

}  // namespace hone::tune::gp
