// What can be known of a search before it begins: that its sampler, pruner and limits fit the space
// and the budget.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "apps/tuning/run.h"

namespace hone::app {

// What becomes of what there is: there is nothing; the study goes on, so that its sampler is known
// to fit the space; it is removed (--fresh), so that what cannot succeed would remove it for
// nothing.
enum class Before { nothing, goes_on, removed };

// Throws Error(usage) that names the option where the sampler cannot draw from the space, or where
// with this pruner no trial can ever be completed; before a removal also where a limit of cost
// refuses every network that is drawn, and for a time that may be over before a trial has begun.
// Says where the pruner of the command line can never stop a trial. Changes nothing.
void check_search(const Run& run, Before before, Console& console);

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
