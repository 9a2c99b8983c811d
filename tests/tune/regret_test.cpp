// How far samplers get on functions with a known minimum, compared with random search and with
// Optuna.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "tests/tune/test_functions.h"
#include "tune/samplers/random_sampler.h"
#include "tune/samplers/tpe_sampler.h"

using namespace hone::tune;
using namespace hone::tune::testing;

namespace {

struct Quartiles {
  double low, median, high;
};

Quartiles regrets(Sampler& sampler, const Objective& objective, int trials, int seeds) {
  std::vector<double> found;
  for (int seed = 0; seed < seeds; ++seed)
    found.push_back(minimize(sampler, static_cast<std::uint64_t>(seed) + 1000, trials, objective));
  std::sort(found.begin(), found.end());
  const auto at = [&](double share) {
    const double position = share * static_cast<double>(found.size() - 1);
    const std::size_t k = static_cast<std::size_t>(position);
    const std::size_t next = std::min(k + 1, found.size() - 1);
    return found[k] + (position - static_cast<double>(k)) * (found[next] - found[k]);
  };
  return {at(0.25), at(0.5), at(0.75)};
}

// Median regret of Optuna after 100 trials, 40 seeds.
struct Row {
  const char* name;
  double (*function)(Suggest&);
  double optuna_4_9, optuna_5_0, target;
  bool compared;  // this test holds hone to 1.5 times Optuna 4.9
};

const Row kRows[] = {{"branin2", branin, 0.044, 0.025, 0.0023, true},
                     {"hartmann6", hartmann6, 0.37, 0.153, 0.130, true},
                     {"ackley10", ackley10, 16.6, 14.8, 12.5, false},
                     {"rosenbrock5", rosenbrock5, 111, 22.8, 8.4, false},
                     {"rastrigin5", rastrigin5, 24.5, 28.0, 23.8, false},
                     {"styblinski5", styblinski5, 26.7, 30.7, 28.7, false},
                     {"ellipsoid8", ellipsoid8, 1434, 1422, 643, false},
                     {"cond_cnn", cond_cnn, 0.00073, 0.0028, 0.00058, true}};

}  // namespace

TEST_CASE("regret: after 50 trials TPE is far ahead of random search") {
  TpeSampler tpe;
  RandomSampler random;
  CHECK(regrets(tpe, branin, 50, 10).median < 0.3 * regrets(random, branin, 50, 10).median);
  CHECK(regrets(tpe, cond_cnn, 50, 10).median < 0.7 * regrets(random, cond_cnn, 50, 10).median);
}

TEST_SUITE("long") {
  TEST_CASE("regret: after 100 trials TPE is level with Optuna or better") {
    TpeSampler tpe;
    RandomSampler random;
    fmt::print("{:12} {:>10} {:>30} {:>10} {:>10} {:>10}\n", "function", "random",
               "hone [quartiles]", "Optuna 4.9", "Optuna 5.0", "5.0+floor");
    for (const Row& row : kRows) {
      const Quartiles ours = regrets(tpe, row.function, 100, 40);
      const double chance = regrets(random, row.function, 100, 40).median;
      fmt::print("{:12} {:10.4g} {:>30} {:10.4g} {:10.4g} {:10.4g}\n", row.name, chance,
                 fmt::format("{:.3g} [{:.3g}, {:.3g}]", ours.median, ours.low, ours.high),
                 row.optuna_4_9, row.optuna_5_0, row.target);
      CHECK(ours.median < chance);
      if (row.compared) CHECK(ours.median < 1.5 * row.optuna_4_9);
    }
  }
}
