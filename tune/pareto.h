// Several objectives: which trials are better than which.
//
// Points are *losses*: one number an objective, smaller is better. a dominates b when it is at most
// b in every objective and less in one.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "tune/trial_record.h"

namespace hone::tune {

using Losses = std::vector<double>;

// The values of a trial as losses: those to be maximised change their sign; NaN, and all of a trial
// that lacks a value, is +infinity.
Losses losses_of(const TrialRecord& trial, const std::vector<Direction>& directions);

bool dominates(std::span<const double> a, std::span<const double> b);

// The places of the points by rank: the first front is dominated by none, the second by points of
// the first alone, and so on; equal points are in one front. A front is in lexicographic order, of
// equals by place. Fronts behind that with which `enough` different points are reached are left
// out. All points have the same length. Source: the non-dominated sort of Deb et al. 2002.
std::vector<std::vector<std::size_t>> nondominated_fronts(
    const std::vector<Losses>& points, std::size_t enough = static_cast<std::size_t>(-1));

// The rank of each point, from 0; all of those that nondominated_fronts() leaves out have the next
// one.
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
