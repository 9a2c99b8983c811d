// Several objectives: which trials are better than which.
//
// Points are *losses*: one number an objective, smaller is better. a dominates b when it is at most
// b in every objective and less in one.
#pragma once

#include <cstddef>
#include <vector>

#include "tune/trial_record.h"

namespace hone::tune {

using Losses = std::vector<double>;

// The values of a trial as losses: those to be maximised change their sign; NaN, and all of a trial
// that lacks a value, is +infinity.
Losses losses_of(const TrialRecord& trial, const std::vector<Direction>& directions);

bool dominates(const Losses& a, const Losses& b);

// The rank of each point: 0 is dominated by none, 1 by points of rank 0 alone, and so on; equal
// points have one rank. Points that come after the first `enough` by rank may all get the rank
// behind the last one that was needed. All points have the same length.
// Source: the non-dominated sort of Deb et al. 2002.
std::vector<int> nondomination_ranks(const std::vector<Losses>& points,
                                     std::size_t enough = static_cast<std::size_t>(-1));

// The Pareto front: the places of the COMPLETE trials that break no constraint and that no other
// such trial dominates, in their order. Equal ones are all there. Trials that have not one value an
// objective are left out.
std::vector<std::size_t> pareto_front(const std::vector<TrialRecord>& trials,
                                      const std::vector<Direction>& directions);

// A trial that pareto_front() looks at.
bool is_comparable(const TrialRecord& trial, std::size_t objectives);

// The trials with the value of one objective (from 0) alone, for what looks at one value.
std::vector<TrialRecord> of_objective(std::vector<TrialRecord> trials, std::size_t objective);

}  // namespace hone::tune
