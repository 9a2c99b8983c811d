// The functions of `hone_bench regret` are those of Optuna's side, and so is their noise.
#include <doctest/doctest.h>

#include <cmath>

#include "apps/bench/regret/fronts.h"
#include "apps/bench/regret/functions.h"
#include "apps/bench/regret/study_run.h"
#include "base/philox.h"
#include "tests/tune/golden_file.h"
#include "tune/samplers/make_sampler.h"

using namespace hone;
using namespace hone::bench;
using namespace hone::tune::testing;

namespace {

// Values from a counter, as FixedDraws of scripts/bench/regret_optuna.py.
class FixedDraws final : public Draws {
 public:
  explicit FixedDraws(std::uint64_t seed) : seed_(seed) {}
  double real(const std::string&, double low, double high) override {
    return low + uniform() * (high - low);
  }
  double log(const std::string&, double low, double high) override {
    return std::exp(std::log(low) + uniform() * (std::log(high) - std::log(low)));
  }
  double step(const std::string&, double low, double high, double step) override {
    return low + std::floor(uniform() * (std::round((high - low) / step) + 1)) * step;
  }
  int integer(const std::string&, int low, int high) override {
    return low + static_cast<int>(std::floor(uniform() * (high - low + 1)));
  }
  int log_integer(const std::string& name, int low, int high) override {
    return integer(name, low, high);
  }
  int choice(const std::string&, int count) override {
    return static_cast<int>(std::floor(uniform() * count));
  }

 private:
  double uniform() { return static_cast<double>(mix(mix(seed_, 5), ++count_) >> 11) * 0x1.0p-53; }
  std::uint64_t seed_, count_ = 0;
};

}  // namespace

TEST_CASE("regret: the test functions and their noise are those of the script for Optuna") {
  const Json& values = read_goldens("regret_functions.json").at("values");
  CHECK(values.size() == test_functions().size());
  for (const TestFunction& function : test_functions()) {
    CAPTURE(function.name);
    const Json& rows = values.at(function.name);
    for (std::uint64_t seed = 0; seed < rows.size(); ++seed) {
      FixedDraws draws(seed);
      const Evaluation found = function.evaluate(draws);
      const Json& row = rows[seed];
      CHECK(distance(found.regret, row[0].get<double>()) < 1e-12);
      CHECK(distance(function.noise * trial_noise(seed, 3), row[1].get<double>()) < 1e-12);
      CHECK(found.leaf == row[2].get<int>());
      CHECK(found.best_leaf == row[3].get<int>());
      CHECK(found.regret >= 0);
    }
  }
}

TEST_CASE("fronts: the problems are those of the script for Optuna, and their volumes are whole") {
  const Json goldens = read_goldens("fronts_optuna.json");
  for (const FrontProblem& problem : front_problems()) {
    CAPTURE(problem.name);
    const Json& rows = goldens.at("values").at(problem.name);
    for (std::uint64_t seed = 0; seed < rows.size(); ++seed) {
      FixedDraws draws(seed);
      const std::vector<double> found = problem.evaluate(draws);
      REQUIRE(found.size() == problem.reference.size());
      for (std::size_t i = 0; i < found.size(); ++i)
        CHECK(distance(found[i], rows[seed][i].get<double>()) < 1e-12);
    }
    const FrontRun run = run_front(problem, tune::make_sampler("nsga_ii"), 1, {60, 120}, 1);
    CHECK(run.missing[0] > run.missing[1]);
    CHECK(run.missing[1] > 0);
    CHECK(run.missing[0] < 1);
  }
}

TEST_CASE("regret: shares of seeds won come with a lower bound, ties count half") {
  const WinShare even = win_share({1, 2, 3, 4}, {1, 2, 3, 4});
  CHECK(even.share == 0.5);
  CHECK(even.lower < 0.2);
  std::vector<double> low(100, 1), high(100, 2);
  const WinShare all = win_share(low, high);
  CHECK(all.share == 1);
  CHECK(all.lower == doctest::Approx(1 / (1 + 2.7055 / 100)).epsilon(1e-4));
  CHECK(median({5, 1, 3}) == 3);
  std::vector<double> values;
  for (int i = 0; i < 101; ++i) values.push_back(i);
  const Interval interval = median_interval(values);
  CHECK(interval.low > 30);
  CHECK(interval.low < 50);
  CHECK(interval.high < 70);
  CHECK(interval.high > 50);
}
