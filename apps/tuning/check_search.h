// What can be known of a search before it begins: that its sampler, pruner and limits fit the space
// and the budget.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "apps/tuning/run.h"

namespace hone::app {

// Throws Error(usage) that names the option where the sampler cannot draw from the space, or where
// with this pruner no trial can ever be completed; `removes`: also where a limit of cost refuses
// every network that is drawn, because the old study would be removed for nothing. Says where the
// pruner of the command line can never stop a trial. Changes nothing.
void check_search(const Run& run, bool removes, Console& console);

// With the promotion pruner the first trial is completed after so many trials: at the least, where
// each that begins is better than all before it, and about, where they come in any order.
struct PromotionBudget {
  std::int64_t least = 1, about = 1;
};
PromotionBudget promotion_budget(const Run& run);

// The options of the limits that all of these trials are beyond, each with what the least one of
// them takes: "--max-memory 1 MiB (the smallest network takes 5.3 MiB)". Empty where a trial was
// within its limits.
std::string refused_by(const tune::training::CostLimits& limits,
                       const std::vector<tune::TrialRecord>& trials);

}  // namespace hone::app
