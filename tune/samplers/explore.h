// Forced exploration: which decision of the best trial is to be turned over next.
//
// A model that is sure of one branch never looks at the others again; a bandit over the decisions
// of the best trial does.
#pragma once

#include <span>
#include <vector>

#include "base/philox.h"
#include "tune/samplers/conditional_space.h"

namespace hone::tune {

// What a trial of a search does, by its number: of three trials the third explores, in turn by a
// flip and by one-dimensional densities.
enum class Turn { model, flip, alone };
Turn turn_of(int trial_number);

struct Flip {
  ConditionalSpace::Fixed fixed;  // dimension -1: the best trial has no decision to flip
  // The best value among trials that decided so; of none the median of all.
  double best = 0;
};

// Arms are (p, v): p a category or a branching integer of the best trial, v another of its values,
// seen in m of the n trials. First values that nobody tried, then those with m < 1.5 sqrt(n), least
// m first; then the one that minimises best_v - S |xi| / sqrt(m), with S the distance of the
// n/3-th best value from the best and xi standard normal. y: smaller is better.
Flip choose_flip(const ConditionalSpace& space, std::span<const ConditionalSpace::Values> points,
                 std::span<const double> y, std::size_t best, PhiloxStream& random);

}  // namespace hone::tune
