// Studies on test functions and their statistics.
#include "apps/bench/regret/study_run.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "apps/bench/clock.h"
#include "apps/bench/regret/trial_draws.h"
#include "base/philox.h"
#include "tune/study.h"

namespace hone::bench {
namespace {

double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const std::size_t k = static_cast<std::size_t>(place);
  const std::size_t next = std::min(k + 1, sorted.size() - 1);
  return sorted[k] + (place - static_cast<double>(k)) * (sorted[next] - sorted[k]);
}

}  // namespace

StudyRun run_study(const TestFunction& function, std::shared_ptr<const tune::Sampler> sampler,
                   std::uint64_t seed, const RunOptions& options) {
  StudyRun result;
  double best = std::numeric_limits<double>::infinity(), regret = best;
  tune::Study study = tune::Study::open(
      {.sampler = std::move(sampler), .seed = seed, .lag = options.lag, .log = {}});
  const double start = seconds_of(CLOCK_THREAD_CPUTIME_ID);
  study.optimize(tune::Objective([&](tune::Trial& trial) {
                   TrialDraws draws(trial);
                   const Evaluation found = function.evaluate(draws);
                   const double seen =
                       found.regret + function.noise * trial_noise(seed, trial.number());
                   if (seen < best) {
                     best = seen;
                     regret = found.regret;
                     result.best_leaf = found.leaf == found.best_leaf;
                   }
                   if (trial.number() < 50) result.regret_50 = regret;
                   result.regret_100 = regret;
                   return tune::Outcome::complete(seen);
                 }),
                 {.trials = options.trials});
  result.cpu_ms = 1e3 * (seconds_of(CLOCK_THREAD_CPUTIME_ID) - start);
  return result;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return quantile(values, 0.5);
}

Interval median_interval(const std::vector<double>& values) {
  constexpr int kSamples = 2000;
  PhiloxStream random(2026, 7);
  std::vector<double> medians, sample(values.size());
  for (int i = 0; i < kSamples; ++i) {
    for (double& v : sample) v = values[random.below(values.size())];
    medians.push_back(median(sample));
  }
  std::sort(medians.begin(), medians.end());
  return {quantile(medians, 0.025), quantile(medians, 0.975)};
}

WinShare win_share(const std::vector<double>& ours, const std::vector<double>& theirs) {
  constexpr double kZ = 1.6448536269514722;
  const std::size_t count = std::min(ours.size(), theirs.size());
  if (count == 0) return {};
  double wins = 0;
  for (std::size_t i = 0; i < count; ++i)
    wins += ours[i] < theirs[i] ? 1 : ours[i] == theirs[i] ? 0.5 : 0;
  const double n = static_cast<double>(count), p = wins / n, z2 = kZ * kZ;
  const double middle = p + z2 / (2 * n),
               spread = kZ * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return {p, (middle - spread) / (1 + z2 / n)};
}

}  // namespace hone::bench
