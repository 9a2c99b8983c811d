// Whether a trial keeps its constraints.
#pragma once

#include "tune/trial_record.h"

namespace hone::tune {

// Constraints are system attributes, as Optuna writes them: `constraints:<name>` with a number, and
// in older versions `constraints` with a list of numbers (null: none were computed). At most 0 is
// kept. A trial without any is feasible; one with a constraint that is no number is not.
bool is_feasible(const TrialRecord& trial);

}  // namespace hone::tune
