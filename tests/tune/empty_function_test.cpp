// Functions that were left empty are refused where they are given.
#include <doctest/doctest.h>

#include "base/error.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

namespace {

StudyOptions options() {
  StudyOptions options;
  options.log = {};
  return options;
}

}  // namespace

TEST_CASE("an empty objective is refused before a trial begins, whatever its kind") {
  Study study = Study::open(options());
  const auto refused = [&](const auto& objective) {
    CHECK_THROWS_WITH_AS(study.optimize(objective, {.trials = 3}),
                         "optimize: the objective is empty", Error);
  };
  refused(Objective());
  refused(WorkerObjective());
  refused(GroupObjective());
  CHECK(study.trials().empty());
}

TEST_CASE("an empty callback of a study is refused, with its place, before a trial begins") {
  Study study = Study::open(options());
  OptimizeOptions run{.trials = 3};
  run.callbacks = {[](const Study&, const TrialRecord&) {}, nullptr};
  const Objective objective = [](Trial&) { return Outcome::complete(1); };
  CHECK_THROWS_WITH_AS(study.optimize(objective, run), "optimize: callback 1 is empty", Error);
  CHECK(study.trials().empty());
  run.callbacks.pop_back();
  CHECK_NOTHROW(study.optimize(objective, run));
}

TEST_CASE("a forbidden combination without a predicate is refused when the study is opened") {
  StudyOptions given = options();
  given.name = "choosy";
  given.forbidden = {{.names = {"x"}, .predicate = nullptr}};
  CHECK_THROWS_WITH_AS(Study::open(given),
                       doctest::Contains("study choosy: an entry of `forbidden`"), Error);
  CHECK_THROWS_AS(forbid({"x"}, nullptr), Error);
}

TEST_CASE("a function to call when an end is stored must be one") {
  Study study = Study::open(options());
  Trial trial = study.ask();
  CHECK_THROWS_WITH_AS(trial.when_stored(nullptr), doctest::Contains("when_stored"), Error);
  CHECK(trial.when_stored([] {}));
  study.tell(trial, Outcome::complete(1));
}
