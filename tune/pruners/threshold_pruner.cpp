// The threshold rule.
#include "tune/pruners/threshold_pruner.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "tune/pruners/check_times.h"

namespace hone::tune {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

}  // namespace

OptionList ThresholdOptions::list() {
  return {{"lower", lower, -kInf, kInf, "a smaller value is stopped"},
          {"upper", upper, -kInf, kInf, "a larger value is stopped"},
          {"warmup_steps", warmup_steps, 0, INT_MAX, "no pruning below this step"},
          {"interval_steps", interval_steps, 1, INT_MAX, "decide at most once in so many steps"}};
}

ThresholdPruner::ThresholdPruner(const ThresholdOptions& options) : options_(options) {
  check_options("pruner threshold", options_.list());
  check(options.lower != -kInf || options.upper != kInf,
        "pruner threshold: give it a limit, lower or upper");
  check(options.lower <= options.upper, "pruner threshold: lower is {}, above upper {}",
        options.lower, options.upper);
}

std::string ThresholdPruner::options_json() const {
  ThresholdOptions options = options_;
  return tune::options_json(options.list());
}

Decision ThresholdPruner::decide(const HistoryView&, const DrawKey&,
                                 const TrialRecord& trial) const {
  const auto keep = [](const std::string& why) {
    return Decision{Decision::Action::go_on, "kept: " + why};
  };
  const auto stop = [](const std::string& why) { return Decision{Decision::Action::prune, why}; };
  if (trial.intermediate.empty()) return keep("no value reported yet");
  const auto& [step, value] = *trial.intermediate.rbegin();
  if (step < options_.warmup_steps)
    return keep(fmt::format("step {} is in the warm-up of {} steps", step, options_.warmup_steps));
  if (!is_check_due(trial, options_.warmup_steps, options_.interval_steps))
    return keep(fmt::format("step {} is between two checks, {} steps apart", step,
                            options_.interval_steps));
  if (std::isnan(value)) return stop(fmt::format("the value at step {} is NaN", step));
  if (value < options_.lower)
    return stop(fmt::format("{:.4g} at step {} is below the lower limit {:.4g}", value, step,
                            options_.lower));
  if (value > options_.upper)
    return stop(fmt::format("{:.4g} at step {} is above the upper limit {:.4g}", value, step,
                            options_.upper));
  return keep(fmt::format("{:.4g} at step {} is within the limits", value, step));
}

}  // namespace hone::tune
