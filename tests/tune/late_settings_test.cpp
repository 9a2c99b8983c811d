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

TEST_CASE("other settings are told by the members and lines in which they differ") {
  TempFolder folder;
  StudyOptions made;
  made.storage = folder.url();
  made.name = "s";
  made.log = {};
  made.settings = {{"space", "{\n \"width\": [4, 8],\n \"lr\": 0.1, \"old\": 1\n}\n"},
                   {"notes", "one\ntwo\nthree"}};
  Study::open(made);
  const auto told = [&](const std::string& space, const std::string& notes) -> std::string {
    StudyOptions asked = made;
    asked.settings = {{"space", space}, {"notes", notes}};
    try {
      Study::open(asked);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const std::string notes = made.settings["notes"];
  const std::string other = told(R"({"width": [4, 16], "lr": 0.1, "new": "x"})", notes);
  CHECK(other.find("\n  space: width: [4, 8] -> [4, 16]\n  space: old: 1 -> (none)\n"
                   "  space: new: (none) -> \"x\"\n") != std::string::npos);
  CHECK(other.find("lr") == std::string::npos);
  CHECK(other.find("\\x0a") == std::string::npos);
  // The same in another form is the same.
  CHECK(told(R"({"lr":1e-1,"old":1,"width":[4,8]})", notes).empty());
  const std::string space = made.settings["space"];
  CHECK(told(space, "one\n2\nthree").find("\n  notes, line 2: two -> 2\n") != std::string::npos);
  CHECK(told(space, "one\ntwo").find("\n  notes, line 3: three -> (none)\n") != std::string::npos);
  CHECK(told("[1]", notes).find("space, line 1: { -> [1]") != std::string::npos);
}

TEST_CASE("who asks for a trial of a study that Python made is told how it goes on") {
  TempFolder folder;
  const std::string url = folder.url();
  open_storage(url)->find_or_create_study("p", {Direction::minimize}, {});
  CHECK_THROWS_WITH_AS(Study::load(url, "p", {}).ask(),
                       doctest::Contains("with Study::open, or with `hone create-study "
                                         "--skip-if-exists`, the name, its directions and "
                                         "--sampler NAME"),
                       Error);
}
