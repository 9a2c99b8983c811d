// How much each parameter of a study matters for its value.
#pragma once

#include <string>
#include <vector>

#include "tune/trial_record.h"

namespace hone::tune {

struct Importance {
  std::string parameter;
  double value = 0;  // >= 0; all together 1
};

// Whether there is anything to tell the parameters apart by: two COMPLETE trials with finite values
// of the first objective that differ. Without it the importances below are all equal, as Optuna's.
bool values_differ(const std::vector<TrialRecord>& trials);

// PED-ANOVA with conditional parameters, as Optuna 5's get_param_importances() (Watanabe et al.,
// arXiv 2304.10255; its conditional form, arXiv 2601.20800): what a parameter does to be among the
// best tenth. Only COMPLETE trials with finite values count; parameters that not all of them have
// are compared where they are there. For the first objective (of_objective() in tune/pareto.h
// chooses another). The largest value first. When fewer than two trials count, or nothing tells the
// parameters apart, all are equal; empty when no trial is COMPLETE.
std::vector<Importance> ped_anova(const std::vector<TrialRecord>& trials, Direction direction);

struct FanovaOptions {
  int trees = 64;
  int depth = 64;
  std::uint64_t seed = 0;
};

// fANOVA (Hutter, Hoos, Leyton-Brown, ICML 2014): the share of the variance of a random forest's
// prediction that each parameter alone explains, as Optuna's FanovaImportanceEvaluator computes it;
// Optuna draws its forest with other random numbers. Only COMPLETE trials with finite values count,
// and parameters that all of them have, with the same distribution. For the first objective
// (of_objective() in tune/pareto.h chooses another). The largest value first; empty when there is
// no such parameter; all equal when the values do not differ.
std::vector<Importance> fanova(const std::vector<TrialRecord>& trials,
                               const FanovaOptions& options = {});

}  // namespace hone::tune
