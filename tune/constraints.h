// Constraints of a trial by name: a value above 0 breaks one.
#pragma once

#include "tune/trial_record.h"

namespace hone::tune {

// How far a trial is from what is allowed: the sum of max(0, value) over its constraints
// (Trial::set_constraint, and the list that older versions of Optuna write); 0: it is feasible, as
// is one without constraints. NaN counts as infinitely far.
double violation(const TrialRecord& trial);
inline bool is_feasible(const TrialRecord& trial) { return violation(trial) == 0; }

// The attributes that say a constraint: Optuna's `constraints:<name>`, and the list `constraints`
// of all values that its dashboard reads. `before`: the system attributes so far.
Attributes constraint_attributes(const Attributes& before, const std::string& name, double value);

}  // namespace hone::tune
