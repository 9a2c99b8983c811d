// The percentile rule and its reasons.
#include "tune/pruners/percentile_pruner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "tune/pruners/check_times.h"

namespace hone::tune {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Decision keep(std::string reason) {
  return {Decision::Action::go_on, "kept: " + std::move(reason)};
}

double best_of(const TrialRecord& trial, Direction direction) {
  double best = kNan;
  for (const auto& [step, value] : trial.intermediate)
    if (std::isnan(best) || (direction == Direction::minimize ? value < best : value > best))
      best = value;
  return best;
}

// Linear interpolation between order statistics. NaN when there is no value or infinite ones meet.
double percentile_of(std::vector<double> values, double percentile) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty()) return kNan;
  std::sort(values.begin(), values.end());
  const double position = percentile / 100 * static_cast<double>(values.size() - 1);
  const std::size_t lower = std::min(static_cast<std::size_t>(position), values.size() - 1);
  const std::size_t upper = std::min(lower + 1, values.size() - 1);
  const double part = position - static_cast<double>(lower), gap = values[upper] - values[lower];
  if (std::isinf(gap) && std::isfinite(values[lower]) && std::isfinite(values[upper]))
    return values[lower] * (1 - part) + values[upper] * part;
  // Measured from the nearer end, so that the interpolation never leaves the two values.
  return part < 0.5 ? values[lower] + gap * part : values[upper] - gap * (1 - part);
}

std::string describe(double percentile) {
  return percentile == 50 ? std::string("median") : fmt::format("{:g}th percentile", percentile);
}

// The options that both pruners have.
template <class Target>
void append_shared(OptionList& list, Target& options) {
  list.push_back({"startup_trials", options.startup_trials, 0, INT_MAX,
                  "no pruning before so many trials are complete"});
  list.push_back({"warmup_steps", options.warmup_steps, 0, INT_MAX, "no pruning below this step"});
  list.push_back({"interval_steps", options.interval_steps, 1, INT_MAX,
                  "decide at most once in so many steps"});
  list.push_back({"min_trials", options.min_trials, 1, INT_MAX,
                  "no pruning unless so many complete trials reported at the same step"});
}

}  // namespace

OptionList PercentileOptions::list() {
  OptionList list = {{"percentile", percentile, 0, 100, "what is better goes on"}};
  append_shared(list, *this);
  return list;
}

OptionList MedianOptions::list() {
  OptionList list = {Option::fixed("percentile", 50, "the median")};
  append_shared(list, *this);
  return list;
}

PercentilePruner::PercentilePruner(const PercentileOptions& options) : options_(options) {
  check_options("pruner", options_.list());
}

std::string PercentilePruner::options_json() const {
  PercentileOptions options = options_;
  return tune::options_json(options.list());
}

Decision PercentilePruner::decide(const HistoryView& history, const DrawKey&,
                                  const TrialRecord& trial) const {
  int finished = 0;
  for (const TrialRecord& other : history.finished())
    finished += other.state == TrialState::complete ? 1 : 0;
  if (finished == 0 || finished < options_.startup_trials)
    return keep(fmt::format("{} of {} start-up trials finished", finished,
                            std::max(1, options_.startup_trials)));
  if (trial.intermediate.empty()) return keep("no value reported yet");
  const int step = trial.intermediate.rbegin()->first;
  if (step < options_.warmup_steps)
    return keep(fmt::format("step {} is in the warm-up of {} steps", step, options_.warmup_steps));
  if (!is_check_due(trial, options_.warmup_steps, options_.interval_steps))
    return keep(fmt::format("step {} is between two checks, {} steps apart", step,
                            options_.interval_steps));

  const double best = best_of(trial, history.direction());
  if (std::isnan(best))
    return {Decision::Action::prune,
            fmt::format("every value reported up to step {} is NaN", step)};
  std::vector<double> values;
  for (const TrialRecord& other : history.finished()) {
    if (other.state != TrialState::complete) continue;
    const auto found = other.intermediate.find(step);
    if (found != other.intermediate.end()) values.push_back(found->second);
  }
  const std::size_t count = values.size();
  if (count < static_cast<std::size_t>(options_.min_trials))
    return keep(fmt::format("{} finished trials have a value at step {}, {} needed", count, step,
                            options_.min_trials));
  const bool minimize = history.direction() == Direction::minimize;
  const double percentile = minimize ? options_.percentile : 100 - options_.percentile;
  const double bar = percentile_of(std::move(values), percentile);
  const std::string name = describe(percentile);
  if (std::isnan(bar)) return keep(fmt::format("the {} at step {} is not a number", name, step));
  const bool prune = minimize ? best > bar : best < bar;
  const char* relation = best == bar ? "equal to" : best > bar ? "above" : "below";
  const std::string facts =
      fmt::format("best so far {:.4g} is {} the {} {:.4g} of {} finished trials at step {}", best,
                  relation, name, bar, count, step);
  if (!prune) return keep(facts);
  return {Decision::Action::prune, facts};
}

MedianPruner::MedianPruner(const MedianOptions& options)
    : PercentilePruner({.percentile = 50,
                        .startup_trials = options.startup_trials,
                        .warmup_steps = options.warmup_steps,
                        .interval_steps = options.interval_steps,
                        .min_trials = options.min_trials}) {}

}  // namespace hone::tune
