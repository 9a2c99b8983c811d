// Four problems of several objectives, all to be minimised. Optuna's side of the comparison has the
// same ones (scripts/bench/fronts_optuna.py); a test holds the two together.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apps/bench/regret/functions.h"
#include "tune/sampler.h"

namespace hone::bench {

struct FrontProblem {
  const char* name;
  std::vector<double> reference;  // of the hypervolume
  double whole;                   // the volume of the true front
  std::vector<double> (*evaluate)(Draws&);
};

// ZDT1 and ZDT2 with 8 parameters, DTLZ2 with 3 objectives and 7 parameters, and one with branches,
// integers, choices and a logarithm.
// Sources: Zitzler, Deb, Thiele 2000; Deb et al. 2002.
const std::vector<FrontProblem>& front_problems();

struct FrontRun {
  // The share of the whole volume that the trials so far have not reached, at each mark.
  std::vector<double> missing;
  double cpu_ms = 0;  // of the whole study
};

// A study in memory, on the calling thread. `marks`: numbers of trials, ascending.
FrontRun run_front(const FrontProblem& problem, std::shared_ptr<const tune::Sampler> sampler,
                   std::uint64_t seed, const std::vector<int>& marks, int lag);

}  // namespace hone::bench
