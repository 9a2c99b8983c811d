// One study on a test function, and what a hundred of them say.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "apps/bench/regret/functions.h"
#include "tune/sampler.h"

namespace hone::bench {

struct StudyRun {
  // The noise-free regret of the trial with the best value seen, after 50 and after 100 trials (of
  // shorter studies: after the last trial).
  double regret_50 = 0, regret_100 = 0;
  bool best_leaf = false;  // the last of these lies in the leaf of the minimum
  double cpu_ms = 0;       // of the whole study
};

struct RunOptions {
  int trials = 100;
  int lag = 1;
};

// In memory, on the calling thread. Seed s of hone is paired with seed s of Optuna: they share the
// noise.
StudyRun run_study(const TestFunction& function, std::shared_ptr<const tune::Sampler> sampler,
                   std::uint64_t seed, const RunOptions& options);

double median(std::vector<double> values);

struct Interval {
  double low = 0, high = 0;
};
// 95% by 2,000 bootstrap samples of the median.
Interval median_interval(const std::vector<double>& values);
// The share of pairs in which ours is lower (ties count half), and its lower 95% bound, one-sided
// (Wilson's).
struct WinShare {
  double share = 0, lower = 0;
};
WinShare win_share(const std::vector<double>& ours, const std::vector<double>& theirs);

}  // namespace hone::bench
