// When a pruner that decides once in so many steps is to decide.
#pragma once

#include <cstdint>
#include <iterator>

#include "tune/trial_record.h"

namespace hone::tune {

// Whether the trial's newest report, which is at least one and at or behind the warm-up, is the
// first one at or after a multiple of the interval, counted from the warm-up: a check that was
// missed is made up for. Optuna's rule.
inline bool is_check_due(const TrialRecord& trial, int warmup_steps, int interval_steps) {
  // 64 bits: warm-up and interval come from the user, steps from the objective.
  const std::int64_t warmup = warmup_steps, interval = interval_steps;
  const auto last = trial.intermediate.rbegin();
  const std::int64_t due = (last->first - warmup) / interval * interval + warmup;
  const auto before = std::next(last);
  const std::int64_t previous = before == trial.intermediate.rend() ? -1 : before->first;
  return previous < due;
}

}  // namespace hone::tune
