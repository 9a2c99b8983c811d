// The patient rule.
#include "tune/pruners/patient_pruner.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "tune/pruners/make_pruner.h"

namespace hone::tune {
namespace {

// The better of two values; NaN is none.
double better(double a, double b, bool minimize) {
  return minimize ? std::fmin(a, b) : std::fmax(a, b);
}

}  // namespace

OptionList PatientOptions::list() {
  return {{"wrapped", wrapped, "the pruner that is asked, as NAME or NAME{OPTIONS}; none: stop"},
          {"patience", patience, 0, INT_MAX - 2, "so many reports without improvement are borne"},
          {"min_delta", min_delta, 0, std::numeric_limits<double>::infinity(),
           "an improvement by no more than this counts as none"}};
}

PatientPruner::PatientPruner(const PatientOptions& options) : options_(options) {
  check_options("pruner patient", options_.list());
  if (!options.wrapped.empty())
    wrapped_ = make_from_spec(pruner_kinds(), "pruner", options.wrapped);
  check(!wrapped_ || !wrapped_->promotes(),
        "pruner patient: {} pauses trials by itself and cannot be wrapped", options.wrapped);
}

std::string PatientPruner::options_json() const {
  PatientOptions options = options_;
  if (wrapped_) options.wrapped = spec_of(*wrapped_);
  return tune::options_json(options.list());
}

Decision PatientPruner::decide(const HistoryView& history, const DrawKey& key,
                               const TrialRecord& trial) const {
  const auto keep = [](const std::string& why) {
    return Decision{Decision::Action::go_on, "kept: " + why};
  };
  const std::size_t needed = static_cast<std::size_t>(options_.patience) + 2;
  const std::size_t count = trial.intermediate.size();
  if (count < needed) return keep(fmt::format("{} of {} reports are there", count, needed));
  const bool minimize = history.direction() == Direction::minimize;
  double before = std::numeric_limits<double>::quiet_NaN(), after = before;
  std::size_t at = 0;
  for (const auto& [step, value] : trial.intermediate) {
    double& best = at++ < count - needed + 1 ? before : after;
    best = better(best, value, minimize);
  }
  // False with NaN on either side.
  const bool stagnates =
      minimize ? before + options_.min_delta < after : before - options_.min_delta > after;
  const std::string facts =
      fmt::format("the best of the last {} reports is {:.4g}, before it was {:.4g}",
                  options_.patience + 1, after, before);
  if (!stagnates) return keep(facts);
  if (!wrapped_) return {Decision::Action::prune, "no improvement: " + facts};
  Decision decision = wrapped_->decide(history, key, trial);
  if (decision.prune()) decision.reason = "no improvement (" + facts + "), and " + decision.reason;
  return decision;
}

}  // namespace hone::tune
