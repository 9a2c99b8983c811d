// A study with everything in it, for a check with Python's Optuna; and the texts of the exports.
//
// With HONE_INTEROP_DB=file.db the file and file.db.expect.json are kept for
// scripts/optuna_interop.py; tests/tune/optuna_test.sh runs both.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "tests/tune/temp_folder.h"
#include "tune/json_text.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

namespace {

using Expected = nlohmann::ordered_json;

Outcome objective(Trial& trial) {
  const Value optimizer =
      trial.suggest_value("optimizer", {"Adam", "SGD", Value(), true, std::int64_t{3}, 1.5});
  const double lr = trial.suggest_float("lr", 1e-5, 1e-1, {.log = true});
  trial.suggest_float("dropout", 0, 0.55, {.step = 0.1});
  trial.suggest_int("layers", 1, 4);
  trial.suggest_int("width", 1, 128, {.log = true});
  trial.suggest_int("kernel", 1, 8, {.step = 3});
  if (optimizer == Value("SGD")) trial.suggest_float("momentum", 0, 1);
  trial.set_user_attr("note", "n\xc3\xa4he");
  trial.set_user_attr_json("curve", "[1, 2.5, null]");
  trial.report(1, lr);
  trial.report(2, std::nan(""));
  trial.report(5, trial.number() == 3 ? INFINITY : 0.5);
  switch (trial.number()) {
    case 1:
      return Outcome::failed("the loss is not finite");
    case 2:
      return Outcome::pruned("below the median");
    case 3:
      return Outcome::complete(-INFINITY);
    default:
      return Outcome::complete(1 - lr);
  }
}

// The trial that was interrupted, and the one that was enqueued and never run.
constexpr int kQueued = 8, kEnqueued = 9;

StudyOptions options(const std::string& url) {
  StudyOptions o;
  o.log = {};
  o.storage = url;
  o.name = "everything \"quoted\" \xe2\x9c\x93";
  o.direction = Direction::maximize;
  o.seed = 3;
  return o;
}

Study make_study(const std::string& url) {
  Study study = Study::open(options(url));
  study.set_user_attr("dataset", "fashion");
  study.set_user_attr("fraction", 0.25);
  OptimizeOptions budget;
  budget.trials = 8;
  study.optimize(objective, budget);
  Trial interrupted = study.ask();
  objective(interrupted);
  study.tell(interrupted, Outcome::interrupted());
  study.enqueue({{"lr", 0.01}, {"optimizer", "SGD"}}, {{"why", "a guess"}});
  return study;
}

Expected plain(const std::string& json) {
  return Expected::parse(write_json(JsonDocument(json, "attribute").json(), {.strict = true}));
}

Expected plain(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

Expected expectations(const Study& study) {
  Expected trials = Expected::array();
  for (const TrialRecord& trial : study.trials()) {
    Expected params = Expected::object(), distributions = Expected::object(),
             steps = Expected::object(), user = Expected::object();
    for (const Parameter& p : trial.params) {
      params[p.name] = plain(to_json(p.value()));
      distributions[p.name] = plain(to_json(p.distribution));
    }
    for (const auto& [step, value] : trial.intermediate) steps[std::to_string(step)] = plain(value);
    for (const auto& [key, json] : trial.user_attrs) user[key] = plain(json);
    const auto fixed = trial.system_attrs.find("fixed_params");
    const char* const names[] = {"RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING"};
    // What waits to be run again by us is RUNNING for Optuna, since its start.
    const bool queued = trial.number == kQueued && trial.state == TrialState::waiting;
    trials.push_back(
        {{"number", trial.number},
         {"state", queued ? "RUNNING" : names[static_cast<int>(trial.state)]},
         {"value", trial.value() ? plain(*trial.value()) : Expected()},
         {"params", params},
         {"distributions", distributions},
         {"intermediate", steps},
         {"user_attrs", user},
         {"fixed_params", fixed == trial.system_attrs.end() ? Expected() : plain(fixed->second)},
         {"has_start", queued || trial.start_time != 0},
         {"has_complete", trial.end_time != 0}});
  }
  Expected user = Expected::object();
  for (const auto& [key, json] : study.attributes()) user[key] = plain(json);
  return {{"study_name", study.name()},
          {"directions", {"maximize"}},
          {"user_attrs", user},
          {"trials", trials}};
}

}  // namespace

TEST_CASE("a study with everything in it is written for Optuna and read back") {
  TempFolder folder;
  const char* kept = std::getenv("HONE_INTEROP_DB");
  const std::string file = kept != nullptr ? kept : folder.file();
  std::filesystem::remove(file);
  const Expected written = expectations(make_study("sqlite:///" + file));
  const Expected read = expectations(Study::load("sqlite:///" + file));
  CHECK(written == read);
  REQUIRE(written["trials"].size() == 10);
  CHECK(written["trials"][kQueued]["state"] == "RUNNING");
  CHECK(written["trials"][kQueued]["fixed_params"].contains("lr"));
  CHECK(written["trials"][kEnqueued]["state"] == "WAITING");
  CHECK(written["trials"][1]["state"] == "FAIL");
  CHECK(written["trials"][2]["value"] == 0.5);
  CHECK(written["trials"][3]["value"] == "-inf");
  write_file_atomic(file + ".expect.json", written.dump(1));
}

// Needs a file that Python has worked on: optuna_test.sh runs it with --no-skip.
TEST_CASE("a study that Optuna has continued is read back and goes on with us" * doctest::skip()) {
  const char* file = std::getenv("HONE_INTEROP_DB");
  REQUIRE(file != nullptr);
  const Expected before = Expected::parse(std::ifstream(std::string(file) + ".expect.json"));
  Study study = Study::open(options("sqlite:///" + std::string(file)));
  const Expected after = expectations(study);
  const std::size_t count = after["trials"].size();
  REQUIRE(count > kEnqueued + 1);
  for (std::size_t i = 0; i < count; ++i) {
    const Expected& trial = after["trials"][i];
    if (i < kEnqueued) {
      CHECK(trial == before["trials"][i]);
      continue;
    }
    CAPTURE(i);
    CHECK(trial["state"] == "COMPLETE");
    CHECK(trial["params"].contains("lr"));
    CHECK(trial["intermediate"].size() == 3);
    CHECK(trial["user_attrs"]["continued_by"].get<std::string>().starts_with("optuna"));
  }
  CHECK(after["trials"][kEnqueued]["params"]["lr"] == 0.01);
  OptimizeOptions budget;
  budget.trials = static_cast<int>(count) + 1;
  study.optimize(objective, budget);
  const Expected end = expectations(study);
  REQUIRE(end["trials"].size() == count + 1);
  CHECK(end["trials"][count]["state"] == "COMPLETE");
  const Expected& rerun = end["trials"][kQueued];
  CHECK(rerun["state"] == "COMPLETE");
  CHECK(rerun["params"] == before["trials"][kQueued]["fixed_params"]);
  CHECK(rerun["fixed_params"].is_null());
}

namespace {

StudyOptions two_objectives(const std::string& url) {
  StudyOptions o;
  o.log = {};
  o.storage = url;
  o.name = "two";
  o.directions = {Direction::minimize, Direction::maximize};
  return o;
}

Outcome constrained(Trial& trial) {
  const double x = trial.suggest_float("x", 0, 2);
  const auto y = static_cast<double>(trial.suggest_int("y", 0, 3));
  trial.set_constraint("room", x + y - 3);
  if (trial.number() % 7 == 6) return Outcome::failed("every seventh");
  const double step = std::round(10 * x) / 10;
  return Outcome::complete({trial.number() == 4 ? -INFINITY : step, step * y});
}

std::vector<int> front_of(const Study& study) {
  std::vector<int> numbers;
  for (const TrialRecord& trial : study.best_trials()) numbers.push_back(trial.number);
  return numbers;
}

}  // namespace

TEST_CASE("a study of two objectives is written for Optuna and read back") {
  TempFolder folder;
  const char* kept = std::getenv("HONE_INTEROP_DB");
  const std::string file = kept != nullptr ? kept : folder.file();
  std::filesystem::remove(file);
  Study study = Study::open(two_objectives("sqlite:///" + file));
  study.optimize(constrained, {.trials = 40});
  const std::vector<int> front = front_of(study);
  CHECK(front.size() > 2);
  Expected trials = Expected::array();
  for (const TrialRecord& trial : study.trials()) {
    Expected values;
    for (const double value : trial.values) values.push_back(plain(value));
    trials.push_back({{"number", trial.number}, {"values", values}});
  }
  CHECK(front_of(Study::load("sqlite:///" + file)) == front);
  const Expected expected = {{"study_name", "two"},
                             {"directions", {"minimize", "maximize"}},
                             {"best_trials", front},
                             {"trials", trials}};
  write_file_atomic(file + ".expect.json", expected.dump(1));
}

TEST_CASE("a study of two objectives that Optuna has worked on has the same front and goes on" *
          doctest::skip()) {
  const char* file = std::getenv("HONE_INTEROP_DB");
  REQUIRE(file != nullptr);
  const Expected front = Expected::parse(std::ifstream(std::string(file) + ".front.json"));
  const std::string url = "sqlite:///" + std::string(file);
  if (!front.is_null()) CHECK(Expected(front_of(Study::load(url))) == front);
  Study study = Study::open(two_objectives(url));
  const int count = static_cast<int>(study.trials().size());
  study.optimize(constrained, {.trials = count + 5});
  CHECK(study.finished() == count + 5);
}

TEST_CASE("the CSV has Optuna's columns, and no cell that a spreadsheet would run") {
  StudyOptions o;
  o.log = {};
  o.name = "s";
  Study study = Study::open(o);
  OptimizeOptions budget;
  budget.trials = 3;
  study.optimize(
      [](Trial& trial) {
        if (trial.number() == 0) {
          trial.suggest_categorical("=cmd", {"=1+1", "=1+1, \"x\""});
          trial.set_user_attr("a", "@sum");
          trial.set_user_attr("b", -5.5);
          trial.set_user_attr("c", "two\nlines, \"quoted\"");
          trial.set_user_attr_json("d", "[1, 2]");
          return Outcome::complete(-2);
        }
        trial.suggest_int("n", 5, 5);
        trial.suggest_float("x", 0.25, 0.25);
        return trial.number() == 1 ? Outcome::failed("-") : Outcome::complete(INFINITY);
      },
      budget);
  const std::string csv = study.trials_csv();
  CHECK(csv.starts_with(
      "number,value,datetime_start,datetime_complete,duration,params_=cmd,params_n,params_x,"
      "user_attrs_a,user_attrs_b,user_attrs_c,user_attrs_d,user_attrs_fail_reason,state\r\n"));
  CHECK(csv.find("\n0,-2.0,20") != std::string::npos);
  CHECK(csv.find(",0 days 00:00:00.") != std::string::npos);
  const bool first = csv.find(",'=1+1,,,") != std::string::npos;
  const bool second = csv.find(",\"'=1+1, \"\"x\"\"\",,,") != std::string::npos;
  CHECK(first != second);
  CHECK(csv.find(",'@sum,-5.5,\"two\nlines, \"\"quoted\"\"\",\"[1, 2]\",,COMPLETE\r\n") !=
        std::string::npos);
  CHECK(csv.find(",,5,0.25,,,,,'-,FAIL\r\n") != std::string::npos);
  CHECK(csv.find("\n2,inf,") != std::string::npos);
  const Expected json = Expected::parse(study.trials_json());
  CHECK(json["study"] == "s");
  CHECK(json["direction"] == "minimize");
  CHECK(json["trials"].size() == 3);
  CHECK(json["trials"][2]["value"] == "Infinity");
  CHECK(json["trials"][1]["params"]["n"] == 5);
  CHECK(json["trials"][0]["user_attrs"]["d"] == Expected::parse("[1, 2]"));
}
