// Costs of trials, and samplers that look for improvement per cost.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <memory>

#include "base/error.h"
#include "tests/tune/temp_folder.h"
#include "tune/cost.h"
#include "tune/samplers/make_sampler.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

namespace {

constexpr const char* kPerCost = R"({"per_cost":true})";

// Two kinds of equal worth, one ten times as dear as the other; within each cost grows with size.
Outcome two_kinds(Trial& trial) {
  const bool heavy = trial.suggest_categorical("kind", {"heavy", "light"}) == "heavy";
  const double size = trial.suggest_float(heavy ? "heavy_size" : "light_size", 0, 1);
  const double rate = trial.suggest_float("rate", 0, 1);
  trial.set_cost((heavy ? 10 : 1) * std::pow(10, size));
  return Outcome::complete(std::pow(size - 0.4, 2) + std::pow(rate - 0.37, 2));
}

double total_cost(const std::vector<TrialRecord>& trials) {
  double sum = 0;
  for (const TrialRecord& trial : trials) sum += std::exp(log_cost(trial));
  return sum;
}

StudyOptions options_of(const std::string& sampler, const std::string& options, int lag,
                        const std::string& storage = "memory") {
  return {.storage = storage,
          .name = "s",
          .sampler = make_sampler(sampler, options),
          .seed = 3,
          .lag = lag,
          .log = {}};
}

}  // namespace

TEST_CASE("a trial's cost is stored with it, and is a positive number") {
  Study study = Study::open(options_of("random", "{}", 1));
  Trial trial = study.ask();
  CHECK_THROWS_AS(trial.set_cost(0), Error);
  CHECK_THROWS_AS(trial.set_cost(-1), Error);
  CHECK_THROWS_AS(trial.set_cost(std::numeric_limits<double>::quiet_NaN()), Error);
  CHECK_THROWS_AS(trial.set_cost(std::numeric_limits<double>::infinity()), Error);
  CHECK(std::isnan(log_cost(trial.record())));
  trial.set_cost(20);
  study.tell(trial, Outcome::complete(1));
  CHECK(log_cost(study.trials()[0]) == doctest::Approx(std::log(20.0)));
  for (const char* other : {"\"x\"", "-1", "0", "NaN", "[1]"}) {
    TrialRecord record;
    record.system_attrs[kCost] = other;
    CAPTURE(other);
    CHECK(std::isnan(log_cost(record)));
  }
}

TEST_CASE("per_cost: of two kinds that are worth the same the cheap one gets the trials") {
  for (const char* sampler : {"auto", "gp"}) {
    CAPTURE(sampler);
    Study plain = Study::open(options_of(sampler, "{}", 1));
    Study per_cost = Study::open(options_of(sampler, kPerCost, 1));
    plain.optimize(Objective(two_kinds), {.trials = 40});
    per_cost.optimize(Objective(two_kinds), {.trials = 40});
    CHECK(total_cost(per_cost.trials()) < 0.6 * total_cost(plain.trials()));
    CHECK(*per_cost.best().value() < 1e-3);
  }
}

TEST_CASE("per_cost: without costs the model decides as it does otherwise") {
  // As many even draws as with the option.
  Study plain = Study::open(options_of("gp", R"({"startup_trials":5})", 1));
  Study per_cost = Study::open(options_of("gp", kPerCost, 1));
  const auto objective = [](Trial& trial) {
    const double x = trial.suggest_float("x", 0, 1), y = trial.suggest_float("y", 0, 1);
    return Outcome::complete(x * x + y);
  };
  plain.optimize(Objective(objective), {.trials = 20});
  per_cost.optimize(Objective(objective), {.trials = 20});
  for (std::size_t i = 0; i < 20; ++i)
    for (std::size_t p = 0; p < 2; ++p)
      CHECK(plain.trials()[i].params[p].internal == per_cost.trials()[i].params[p].internal);
}

TEST_CASE("per_cost: a study that was stopped goes on as if it never had") {
  TempFolder folder;
  Study whole = Study::open(options_of("auto", kPerCost, 2, folder.url("whole.db")));
  whole.optimize(Objective(two_kinds), {.trials = 30});
  for (const int cut : {4, 13, 30}) {
    Study part = Study::open(options_of("auto", kPerCost, 2, folder.url("pieces.db")));
    part.optimize(Objective(two_kinds), {.trials = cut, .jobs = cut == 30 ? 2 : 1});
  }
  const auto a = whole.trials(), b = Study::load(folder.url("pieces.db")).trials();
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CAPTURE(i);
    REQUIRE(a[i].params.size() == b[i].params.size());
    for (std::size_t p = 0; p < a[i].params.size(); ++p)
      CHECK(a[i].params[p].internal == b[i].params[p].internal);
  }
}

TEST_CASE("per_cost: a study with several objectives refuses it") {
  StudyOptions options = options_of("auto", kPerCost, 1);
  options.directions = {Direction::minimize, Direction::minimize};
  CHECK_THROWS_AS(Study::open(options), Error);
}
