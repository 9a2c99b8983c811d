// Settings that a later version of a program stores with its studies.
#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/tune/temp_folder.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

TEST_CASE("a study without a late setting takes it, and it counts from then on") {
  TempFolder folder;
  const Objective objective = [](Trial& trial) {
    return Outcome::complete(trial.suggest_float("x", 0, 1));
  };
  StudyOptions before;
  before.storage = folder.url();
  before.name = "s";
  before.log = {};
  before.settings = {{"data", "fashion"}};
  Study::open(before).optimize(objective, {.trials = 2});
  StudyOptions now = before;
  now.late_settings = {{"names", "shirt, shoe"}};
  CHECK_NOTHROW(Study::load(before.storage).check_settings(now));  // reads alone
  CHECK(Study::load(before.storage).settings().count("names") == 0);
  CHECK(Study::open(now).settings().at("names") == "shirt, shoe");
  CHECK_NOTHROW(Study::open(now));
  now.late_settings = {{"names", "shirt, boot"}};
  CHECK_THROWS_WITH_AS(Study::open(now), doctest::Contains("names: shirt, shoe -> shirt, boot"),
                       Error);
  CHECK_THROWS_WITH_AS(Study::open(before), doctest::Contains("names: shirt, shoe -> (none)"),
                       Error);
  now.late_settings = {{"data", "fashion"}};
  CHECK_THROWS_WITH_AS(Study::open(now), doctest::Contains("setting data: the name is taken"),
                       Error);
}
