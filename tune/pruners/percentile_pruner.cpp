// The percentile rule and its reasons.
#include "tune/pruners/percentile_pruner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"

namespace hone::tune {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Decision keep(std::string reason) {
  return {Decision::Action::go_on, "kept: " + std::move(reason)};
}

// The first report at or after a multiple of the interval decides; a missed one is made up for.
bool is_due(const TrialRecord& trial, int step, const PercentileOptions& options) {
  // 64 bits: warm-up and interval come from the user, steps from the objective.
  const std::int64_t warmup = options.warmup_steps, interval = options.interval_steps;
  const std::int64_t due = (step - warmup) / interval * interval + warmup;
  const auto last = trial.intermediate.rbegin();
  const auto before = std::next(last);
  const std::int64_t previous = before == trial.intermediate.rend() ? -1 : before->first;
  return previous < due;
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
  // Measured from the nearer end, so that the interpolation never leaves the two values.
  return part < 0.5 ? values[lower] + gap * part : values[upper] - gap * (1 - part);
}

std::string describe(double percentile) {
  return percentile == 50 ? std::string("median") : fmt::format("{:g}th percentile", percentile);
}

}  // namespace

PercentilePruner::PercentilePruner(const PercentileOptions& options) : options_(options) {
  check(options.percentile >= 0 && options.percentile <= 100,
        "pruner: percentile is {}, must be 0 to 100", options.percentile);
  check(options.startup_trials >= 0, "pruner: startup_trials is {}, must be at least 0",
        options.startup_trials);
  check(options.warmup_steps >= 0, "pruner: warmup_steps is {}, must be at least 0",
        options.warmup_steps);
  check(options.interval_steps >= 1, "pruner: interval_steps is {}, must be at least 1",
        options.interval_steps);
  check(options.min_trials >= 1, "pruner: min_trials is {}, must be at least 1",
        options.min_trials);
}

std::string PercentilePruner::options_json() const {
  return fmt::format(
      R"({{"percentile":{},"startup_trials":{},"warmup_steps":{},"interval_steps":{},"min_trials":{}}})",
      options_.percentile, options_.startup_trials, options_.warmup_steps, options_.interval_steps,
      options_.min_trials);
}

Decision PercentilePruner::decide(const HistoryView& history, const TrialRecord& trial) const {
  const auto finished =
      std::count_if(history.trials.begin(), history.trials.end(),
                    [](const auto& t) { return t->state == TrialState::complete; });
  if (finished == 0 || finished < options_.startup_trials)
    return keep(fmt::format("{} of {} start-up trials finished", finished,
                            std::max(1, options_.startup_trials)));
  if (trial.intermediate.empty()) return keep("no value reported yet");
  const int step = trial.intermediate.rbegin()->first;
  if (step < options_.warmup_steps)
    return keep(fmt::format("step {} is in the warm-up of {} steps", step, options_.warmup_steps));
  if (!is_due(trial, step, options_))
    return keep(fmt::format("step {} is between two checks, {} steps apart", step,
                            options_.interval_steps));

  const double best = best_of(trial, history.direction());
  if (std::isnan(best))
    return {Decision::Action::prune,
            fmt::format("every value reported up to step {} is NaN", step)};
  std::vector<double> values;
  for (const auto& other : history.trials) {
    if (other->state != TrialState::complete) continue;
    const auto found = other->intermediate.find(step);
    if (found != other->intermediate.end()) values.push_back(found->second);
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
