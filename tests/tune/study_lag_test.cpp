// When a study has no lag of its own making: ask() alone, and studies that are not deterministic.
#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/tune/temp_folder.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

namespace {

StudyOptions options(const std::string& storage, int lag) {
  StudyOptions o;
  o.storage = storage;
  o.name = "s";
  o.lag = lag;
  o.log = {};
  return o;
}

Outcome objective(Trial& trial) { return Outcome::complete(trial.suggest_float("x", -1, 1)); }

OptimizeOptions budget(int trials, int jobs) {
  OptimizeOptions o;
  o.trials = trials;
  o.jobs = jobs;
  return o;
}

}  // namespace

TEST_CASE("ask fixes a lag of one; a study that is not deterministic has none") {
  TempFolder folder;
  StudyOptions o = options("", 0);
  Study study = Study::open(o);
  {
    Trial trial = study.ask();
    CHECK(study.lag() == 1);
  }
  StudyOptions loose = options(folder.url("loose.db"), 0);
  loose.deterministic = false;
  Study live = Study::open(loose);
  CHECK(live.settings().at("history") == "as finished");
  live.optimize(objective, budget(8, 4));
  CHECK(live.lag() == 0);
  CHECK_NOTHROW(Study::open(loose));
  loose.deterministic = true;
  CHECK_THROWS_WITH_AS(Study::open(loose), doctest::Contains("as finished -> deterministic"),
                       Error);
  StudyOptions fixed = options(folder.url("fixed.db"), 2);
  Study::open(fixed);
  fixed.deterministic = false;
  CHECK_THROWS_WITH_AS(Study::open(fixed), doctest::Contains("lag 2, planned -> as finished"),
                       Error);
}
