// Trials and studies from elsewhere: added, copied, told by number, from journals.
#include "tune/add_study.h"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <stdexcept>

#include "base/files.h"
#include "tests/tune/sqlite_file.h"
#include "tests/tune/temp_folder.h"
#include "tune/pruners/make_pruner.h"
#include "tune/storage/journal.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

StudyOptions options(const std::string& url = "") {
  StudyOptions o;
  o.log = {};
  o.storage = url;
  o.name = "s";
  o.seed = 3;
  return o;
}

TrialRecord record(TrialState state, std::vector<double> values) {
  TrialRecord trial;
  trial.state = state;
  trial.values = std::move(values);
  trial.params = {{"x", FloatDistribution{0, 1}, 0.25},
                  {"c", CategoricalDistribution{{std::string("a"), Value{}}}, 1}};
  trial.intermediate = {{0, 1.5}, {3, -kInf}};
  trial.user_attrs = {{"u", "[1, NaN]"}};
  trial.start_time = 1'700'000'000'000'000;
  trial.end_time = 1'700'000'001'500'000;
  return trial;
}

std::string text_of(const TrialRecord& trial) {
  std::string text = fmt::format("{} {} {} {}:", trial.number, static_cast<int>(trial.state),
                                 trial.start_time, trial.end_time);
  for (const double value : trial.values) text += fmt::format(" {}", value);
  for (const Parameter& p : trial.params)
    text += fmt::format(" {}={} {}", p.name, p.internal, to_json(p.distribution));
  for (const auto& [step, value] : trial.intermediate) text += fmt::format(" {}>{}", step, value);
  for (const auto& [key, json] : trial.user_attrs) text += " " + key + json;
  for (const auto& [key, json] : trial.system_attrs) text += " " + key + json;
  return text;
}

std::string text_of(const std::vector<TrialRecord>& trials) {
  std::string text;
  for (const TrialRecord& trial : trials) text += text_of(trial) + "\n";
  return text;
}

}  // namespace

TEST_CASE("add_trial keeps a trial as it is, and the study goes on behind it") {
  TempFolder folder;
  for (const std::string& url : {std::string(), folder.url()}) {
    Study study = Study::open(options(url));
    study.add_trials({record(TrialState::complete, {0.5}), record(TrialState::pruned, {}),
                      record(TrialState::fail, {}), record(TrialState::waiting, {})});
    const auto trials = study.trials();
    REQUIRE(trials.size() == 4);
    TrialRecord first = record(TrialState::complete, {0.5});
    CHECK(text_of(trials[0]) == text_of(first));
    CHECK(study.best().number == 0);
    Trial waiting = study.ask();
    CHECK(waiting.number() == 3);
    study.tell(waiting, Outcome::complete(0.25));
    CHECK(study.ask().number() == 4);
  }
  open_file(folder.file());  // checks the whole file
}

TEST_CASE("add_trial refuses what no trial can be") {
  Study study = Study::open(options());
  TrialRecord outside = record(TrialState::complete, {1});
  outside.params[0].internal = 2;
  TrialRecord twice = record(TrialState::complete, {1});
  twice.params.push_back(twice.params[0]);
  for (const TrialRecord& bad : {record(TrialState::running, {}), record(TrialState::complete, {}),
                                 record(TrialState::complete, {std::nan("")}),
                                 record(TrialState::fail, {1}), outside, twice})
    CHECK_THROWS_AS(study.add_trial(bad), Error);
  study.add_trial(record(TrialState::complete, {1}));
  TrialRecord other = record(TrialState::complete, {1});
  other.params[0].distribution = FloatDistribution{0.1, 1, true};
  CHECK_THROWS_AS(study.add_trial(other), Error);
  CHECK(study.trials().size() == 1);
}

TEST_CASE("a study is copied with attributes, settings and trials, and goes on alike") {
  TempFolder folder;
  const auto objective = [](Trial& trial) {
    const double x = trial.suggest_float("x", -1, 1);
    return Outcome::complete(x * x);
  };
  Study study = Study::open(options(folder.url()));
  study.set_user_attr("k", 1.5);
  study.set_metric_names({"loss"});
  study.optimize(objective, {.trials = 12});
  study.add_rerun({.trial = 3, .seed = 1, .value = 0.25});
  const std::string before = text_of(study.trials());
  Study::copy(folder.url(), "s", folder.url("b.db"), "s");
  Study copy = Study::load(folder.url("b.db"), "s", {});
  CHECK(text_of(copy.trials()) == before);
  CHECK(copy.attributes().at("k") == "1.5");
  CHECK(copy.metric_names() == std::vector<std::string>{"loss"});
  REQUIRE(copy.reruns().size() == 1);
  CHECK(copy.reruns()[0].trial == 3);
  CHECK(copy.reruns()[0].value == 0.25);
  study.optimize(objective, {.trials = 15});
  copy.optimize(objective, {.trials = 15});
  for (std::size_t i = 12; i < 15; ++i)
    CHECK(copy.trials()[i].value() == study.trials()[i].value());
  CHECK_THROWS_AS(Study::copy(folder.url(), "s", folder.url(), "s"), Error);
  CHECK_THROWS_AS(Study::copy(folder.url(), "none", folder.url(), "t"), Error);
}

TEST_CASE("enqueue with skip_if_exists adds values once") {
  Study study = Study::open(options());
  CHECK(study.enqueue({{"x", 0.5}}, {}, true) == 0);
  CHECK(study.enqueue({{"x", 0.5}}, {}, true) == 0);
  CHECK(study.enqueue({{"x", 0.25}}, {}, true) == 1);
  CHECK(study.enqueue({{"x", 0.5}}) == 2);
  study.optimize([](Trial& trial) { return Outcome::complete(trial.suggest_float("x", 0, 1)); },
                 {.trials = 4});
  const double drawn = study.trials()[3].find("x")->internal;
  CHECK(study.enqueue({{"x", drawn}}, {}, true) == 3);
}

TEST_CASE("exceptions that count as failures end the trial, others the study") {
  Study study = Study::open(options());
  int runs = 0;
  OptimizeOptions o;
  o.trials = 3;
  o.is_failure = [](const std::exception& error) {
    return dynamic_cast<const std::domain_error*>(&error) != nullptr;
  };
  study.optimize(
      [&](Trial&) -> Outcome {
        if (++runs == 2) throw std::domain_error("no root");
        return Outcome::complete(1);
      },
      o);
  CHECK(runs == 3);
  CHECK(study.trials()[1].state == TrialState::fail);
  CHECK(study.trials()[1].user_attrs.at("fail_reason") == "\"no root\"");
  o.trials = 4;
  CHECK_THROWS_AS(study.optimize([](Trial&) -> Outcome { throw std::logic_error("bug"); }, o),
                  std::logic_error);
}

TEST_CASE("a trial that is left runs until it is told by its number, in any process") {
  TempFolder folder;
  for (const std::string& url : {std::string(), folder.url()}) {
    Study study = Study::open(options(url));
    Trial trial = study.ask();
    trial.suggest_float("x", 0, 1);
    CHECK_THROWS_AS(study.tell(0, Outcome::complete(1)), FencedError);  // it is held
    trial.leave();
    CHECK_THROWS_AS(trial.report(0, 1), Error);
    CHECK(study.trials()[0].state == TrialState::running);
    CHECK(study.trials()[0].params.size() == 1);
    CHECK(study.ask().number() == 1);
    Study other = url.empty() ? study : Study::load(url, "", {});
    other.tell(0, Outcome::complete(0.5));
    CHECK(study.trials()[0].value() == 0.5);
    CHECK_THROWS_AS(other.tell(0, Outcome::complete(1)), Error);
    CHECK_THROWS_AS(other.tell(7, Outcome::complete(1)), Error);
  }
}

TEST_CASE("notes say what the pruner answered to each report") {
  TempFolder folder;
  for (const std::string& url : {std::string(), folder.url()}) {
    StudyOptions o = options(url);
    o.pruner = make_pruner("median");
    Study study = Study::open(o);
    study.optimize(
        [](Trial& trial) {
          trial.report(0, 1);
          trial.report(2, 2);
          return Outcome::complete(1);
        },
        {.trials = 1});
    const auto notes = study.notes(0);
    REQUIRE(notes.size() == 2);
    CHECK(notes[1].step == 2);
    CHECK_FALSE(notes[1].prune);
    CHECK(notes[1].reason == "kept: 0 of 5 start-up trials finished");
  }
}

TEST_CASE("listing and loading write nothing to a database of Python's, nor make it another kind") {
  TempFolder folder;
  {
    Study study = Study::open(options(folder.url()));
    study.add_trial(record(TrialState::complete, {0.5}));
  }
  {  // as Python leaves it
    Raw raw(folder.file());
    for (const char* table : {"hone_trials", "hone_studies", "hone_study_attributes",
                              "hone_reports", "hone_reruns", "hone_workers"})
      raw.run(std::string("DROP TABLE ") + table);
    raw.run("PRAGMA journal_mode=DELETE; VACUUM");
  }
  const auto bytes = [&] { return read_text_file(folder.file(), 1 << 24); };
  const std::string before = bytes();
  CHECK(Study::list(folder.url()).at(0).complete == 1);
  {
    Study study = Study::load(folder.url(), "", {});
    CHECK(study.trials().size() == 1);
    CHECK(study.best().value() == 0.5);
    CHECK(bytes() == before);
    CHECK_FALSE(std::filesystem::exists(folder.file() + "-wal"));
    Study writer = Study::open(options(folder.url()));  // makes the tables meanwhile
    Trial trial = writer.ask();
    writer.tell(trial, Outcome::complete(0.25));
    CHECK(study.best().value() == 0.25);
    study.set_user_attr("k", 1.0);
  }
  CHECK(bytes() != before);
  CHECK(Study::load(folder.url(), "", {}).attributes().at("k") == "1.0");
}

TEST_CASE("a journal gives back the studies that were written") {
  JournalStudy a, b;
  a.info.name = "a";
  a.info.user_attrs = {{"k", "{\"x\": [1, null]}"}};
  a.trials = {record(TrialState::complete, {-kInf}), record(TrialState::pruned, {1}),
              record(TrialState::running, {})};
  for (int i = 0; i < 3; ++i) a.trials[static_cast<std::size_t>(i)].number = i;
  a.trials[2].end_time = 0;
  b.info.name = "b \n\"x\"";
  b.info.directions = {Direction::maximize, Direction::minimize};
  b.trials = {record(TrialState::complete, {1, 2})};
  const auto read = read_journal(write_journal({a, b}), "log");
  REQUIRE(read.size() == 2);
  CHECK(read[1].info.name == b.info.name);
  CHECK(read[1].info.directions == b.info.directions);
  CHECK(read[0].info.user_attrs == a.info.user_attrs);
  CHECK(text_of(read[0].trials) == text_of(a.trials));
  CHECK(text_of(read[1].trials) == text_of(b.trials));
}

TEST_CASE("a journal is played as Optuna plays it, and refused by line where it is none") {
  const std::string log =
      R"({"op_code":0,"worker_id":"w","study_name":"s","directions":[1]}
{"op_code":0,"worker_id":"w","study_name":"s","directions":[2]}
{"op_code":4,"worker_id":"w","study_id":0,"datetime_start":"2026-11-23T15:43:30.791576+02:00"}
{"op_code":5,"worker_id":"w","trial_id":0,"param_name":"i","param_value_internal":3.0,"distribution":"{\"name\": \"IntDistribution\", \"attributes\": {\"log\": true, \"step\": 1, \"low\": 1, \"high\": 8}}"}
{"op_code":7,"worker_id":"w","trial_id":0,"step":1,"intermediate_value":NaN}
{"op_code":10,"worker_id":"w"}
{"op_code":6,"worker_id":"w","trial_id":0,"state":1,"values":[1.5],"datetime_complete":"2026-11-23T13:43:31+00:00"}
{"op_code":6,"worker_id":"w","trial_id":0,"state":3,"values":null}
{"op_code":8,"worker_id":"w","trial_id":0,"user_attr":{"late":1}}
{"op_code":4,"worker_id":"w","study_id":7,"datetime_start":null}
)";
  const auto studies = read_journal(log + R"({"op_code":6,"wor)", "log");
  REQUIRE(studies.size() == 1);
  CHECK(studies[0].info.directions == std::vector{Direction::minimize});
  REQUIRE(studies[0].trials.size() == 1);
  const TrialRecord& trial = studies[0].trials[0];
  CHECK(trial.state == TrialState::complete);
  CHECK(trial.values == std::vector{1.5});
  CHECK(trial.user_attrs.empty());
  CHECK(trial.end_time - trial.start_time == 208424);
  CHECK(std::isnan(trial.intermediate.at(1)));
  CHECK(read_journal("", "log").empty());
  for (const std::string bad :
       {"{\"op_code\":99}\n", "[]\n", "{\"op_code\":4,\"study_id\":\"x\"}\n", "{oops\n{}\n"}) {
    CAPTURE(bad);
    CHECK_THROWS_WITH_AS(read_journal(log + bad + log, "log"), doctest::Contains("log, line 11"),
                         Error);
  }
}
