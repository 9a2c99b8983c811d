// The search for the point of largest expected improvement.
#pragma once

#include <vector>

#include "base/philox.h"
#include "tune/samplers/conditional_space.h"
#include "tune/samplers/gaussian_process.h"

namespace hone::tune::gp {

// What points cost.
struct CostModel {
  Posterior posterior;  // of ln of the cost, standardised
  double unit = 0;      // ln of the cost changes by this much for each 1 of the posterior
};

struct SearchTask {
  const ConditionalSpace* space = nullptr;
  const Posterior* posterior = nullptr;
  // The points of the posterior, pending ones included: none of them is proposed again.
  const std::vector<ConditionalSpace::Values>* points = nullptr;
  std::vector<std::size_t> best;  // of them, from where mutations start, the best first
  double target = 0;              // improvement is below this value
  ConditionalSpace::Fixed fixed;
  const CostModel* cost = nullptr;  // not null: improvement per cost counts
};

// Of 150 walks and 100 mutations the best four start a local search each. A discrete space may hold
// nothing new: then a known point.
ConditionalSpace::Values search(const SearchTask& task, PhiloxStream& random);

}  // namespace hone::tune::gp
