// What is read from the record of a trial.
#include <doctest/doctest.h>

#include "base/error.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

TEST_CASE("the values of a trial's parameters are read by name, and repeat it") {
  Study study = Study::open({.name = "s", .log = {}});
  study.optimize(
      [](Trial& trial) {
        const double lr = trial.suggest_float("lr", 0.1, 1);
        const bool bias = trial.suggest_value("bias", {true, false}) == Value(true);
        const std::int64_t units = trial.suggest_int("units", 1, 64);
        trial.suggest_categorical("kind", {"a", "b"});
        return Outcome::complete(lr + static_cast<double>(units) + (bias ? 1 : 0));
      },
      {.trials = 5});
  const TrialRecord best = study.best();
  CHECK(best.param<double>("lr") == best.params[0].internal);
  CHECK(best.param<std::int64_t>("units") == std::get<std::int64_t>(best.params[2].value()));
  CHECK(best.param<double>("units") == static_cast<double>(best.param<std::int64_t>("units")));
  CHECK(best.param<bool>("bias") == std::get<bool>(best.params[1].value()));
  CHECK(Value(best.param<std::string>("kind")) == best.params[3].value());
  CHECK_THROWS_WITH_AS(best.param<double>("rate"),
                       doctest::Contains("has no parameter rate; it has lr, bias, units, kind"),
                       Error);
  CHECK_THROWS_WITH_AS(best.param<std::int64_t>("lr"), doctest::Contains("no integer"), Error);
  CHECK_THROWS_WITH_AS(best.param<double>("kind"), doctest::Contains("no number"), Error);

  Trial again = Trial::fixed(best.param_values());
  CHECK(again.suggest_float("lr", 0.1, 1) == best.param<double>("lr"));
  CHECK(again.suggest_int("units", 1, 64) == best.param<std::int64_t>("units"));
}
