// Studies with several objectives: made, run, stored, moved, pruned, and what is refused.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <set>

#include "base/error.h"
#include "base/json.h"
#include "tests/tune/postgres_server.h"
#include "tests/tune/temp_folder.h"
#include "tune/add_study.h"
#include "tune/pruners/make_pruner.h"
#include "tune/samplers/make_sampler.h"
#include "tune/storage/journal.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

namespace {

StudyOptions options(const std::string& url = "") {
  StudyOptions o;
  o.log = {};
  o.storage = url;
  o.name = "s";
  o.directions = {Direction::minimize, Direction::maximize};
  return o;
}

// Schaffer's first problem, the second objective turned over.
Outcome schaffer(Trial& trial) {
  const double x = trial.suggest_float("x", -2, 4);
  return Outcome::complete({x * x, -(x - 2) * (x - 2)});
}

std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

bool contains_text(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::set<int> numbers_of(const std::vector<TrialRecord>& trials) {
  std::set<int> numbers;
  for (const TrialRecord& trial : trials) numbers.insert(trial.number);
  return numbers;
}

}  // namespace

TEST_CASE("a study of two objectives keeps all values and its front in every storage") {
  TempFolder folder;
  std::vector<std::string> urls = {"memory", folder.url()};
  if (const auto server = PostgresServer::get()) urls.push_back(server->new_database());
  for (const std::string& url : urls) {
    CAPTURE(url);
    Study study = Study::open(options(url));
    study.set_metric_names({"size", "quality"});
    study.optimize(schaffer, {.trials = 30});
    const auto trials = study.trials();
    std::set<int> front;
    for (const TrialRecord& trial : trials) {
      REQUIRE(trial.values.size() == 2);
      const double x = trial.params.front().internal;
      CHECK(trial.values == std::vector{x * x, -(x - 2) * (x - 2)});
      if (x >= 0 && x <= 2) front.insert(trial.number);
    }
    CHECK(front.size() > 3);
    const std::set<int> found = numbers_of(study.best_trials());
    for (const int number : front) CHECK(found.contains(number));
    if (url == "memory") continue;
    Study again = Study::load(url, "s", {});
    CHECK(again.directions() == options().directions);
    CHECK(again.metric_names() == std::vector<std::string>{"size", "quality"});
    CHECK(numbers_of(again.best_trials()) == found);
    again.optimize(schaffer, {.trials = 32});
    CHECK(Study::list(url).front().directions.size() == 2);
    CHECK_FALSE(Study::list(url).front().best.has_value());
  }
}

TEST_CASE("what only one objective has is refused for several, with what to do instead") {
  Study study = Study::open(options());
  study.optimize(schaffer, {.trials = 2});
  CHECK(contains_text(message_of([&] { study.best(); }), "best_trials"));
  CHECK(contains_text(message_of([&] { study.direction(); }), "2 objectives"));
  CHECK_THROWS_AS(study.set_metric_names({"one"}), Error);
  StudyOptions o = options();
  o.sampler = make_sampler("gp");
  const std::string why = message_of([&] { Study::open(o); });
  CHECK(contains_text(why, "gp is for one objective"));
  CHECK(contains_text(why, "tpe"));
  o.sampler = make_sampler("cma_es");
  CHECK_THROWS_AS(Study::open(o), Error);
  o.sampler = nullptr;
  o.reported_objective = 2;
  CHECK_THROWS_AS(Study::open(o), Error);
}

TEST_CASE("a wrong number of values is refused and can be told again; NaN is the trial's failure") {
  Study study = Study::open(options());
  Trial trial = study.ask();
  trial.suggest_float("x", 0, 1);
  CHECK(contains_text(message_of([&] { study.tell(trial, Outcome::complete(1)); }),
                      "1 value for 2 objectives"));
  CHECK_THROWS_AS(study.tell(trial, Outcome::complete({1, 2, 3})), Error);
  study.tell(trial, Outcome::complete({1, INFINITY}));
  CHECK(study.trials()[0].values == std::vector{1.0, double{INFINITY}});
  Trial bad = study.ask();
  study.tell(bad, Outcome::complete({1, std::nan("")}));
  const TrialRecord failed = study.trials()[1];
  CHECK(failed.state == TrialState::fail);
  CHECK(contains_text(failed.user_attrs.at("fail_reason"), "objective 1 is NaN"));
  // The objective that always returns one value: each trial fails with the reason.
  const std::string why = message_of([&] {
    study.optimize([](Trial&) { return Outcome::complete(1); }, {.trials = 20, .max_failures = 3});
  });
  CHECK(contains_text(why, "the objective returned 1 value for 2 objectives"));
}

TEST_CASE("a study of other directions is not the same one") {
  TempFolder folder;
  Study::open(options(folder.url()));
  StudyOptions other = options(folder.url());
  other.directions = {Direction::minimize};
  CHECK(contains_text(message_of([&] { Study::open(other); }),
                      "direction: minimize, maximize -> minimize"));
  other.directions = options().directions;
  CHECK(Study::open(other).directions().size() == 2);
}

TEST_CASE("added trials have one value an objective") {
  Study study = Study::open(options());
  TrialRecord trial;
  trial.state = TrialState::complete;
  for (const std::vector<double>& values :
       {std::vector<double>{}, {1}, {1, 2, 3}, {1, std::nan("")}}) {
    trial.values = values;
    CHECK_THROWS_AS(study.add_trial(trial), Error);
  }
  trial.values = {1, 2};
  CHECK(study.add_trial(trial) == 0);
  trial.state = TrialState::pruned;
  trial.values = {};
  CHECK(study.add_trial(trial) == 1);
}

TEST_CASE("copies, journals and exports carry all values") {
  TempFolder folder;
  Study study = Study::open(options(folder.url()));
  study.optimize(schaffer, {.trials = 4});
  Study::copy(folder.url(), "s", folder.url("b.db"), "t");
  const Study copy = Study::load(folder.url("b.db"), "t", {});
  CHECK(copy.directions() == study.directions());
  const auto storage = open_storage(folder.url());
  const auto info = storage->find_study("s");
  REQUIRE(info.has_value());
  const std::string journal = write_journal({{*info, storage->read_trials(info->key)}});
  const auto read = read_journal(journal, "journal");
  REQUIRE(read.size() == 1);
  CHECK(read[0].info.directions == study.directions());
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(copy.trials()[i].values == study.trials()[i].values);
    CHECK(read[0].trials[i].values == study.trials()[i].values);
  }
  CHECK(study.trials_csv().starts_with("number,values_0,values_1,datetime_start"));
  const JsonDocument json(study.trials_json(), "json");
  CHECK(json.root().at("directions").items().size() == 2);
  CHECK(json.root().at("trials").items()[0].at("values").items().size() == 2);
  study.set_metric_names({"a", "b"});
  CHECK(study.trials_csv().starts_with("number,values_a,values_b,"));
}

TEST_CASE("a pruner works on the objective that trials report") {
  for (const int reported : {0, 1}) {  // to be minimised, to be maximised
    CAPTURE(reported);
    StudyOptions o = options();
    o.reported_objective = reported;
    o.sampler = make_sampler("random");
    o.pruner = make_pruner("median", R"({"startup_trials":4})");
    Study study = Study::open(o);
    study.optimize(
        [](Trial& trial) {
          const double x = trial.suggest_float("x", 0, 1);
          if (const Decision decision = trial.report(0, x); decision.prune())
            return Outcome::pruned(decision.reason);
          return Outcome::complete({x, x});
        },
        {.trials = 40});
    double pruned = 0, complete = 0;
    int pruned_count = 0, complete_count = 0;
    for (const TrialRecord& trial : study.trials()) {
      const bool stopped = trial.state == TrialState::pruned;
      CHECK(trial.values.size() == (stopped ? 0 : 2));
      (stopped ? pruned : complete) += trial.params.front().internal;
      ++(stopped ? pruned_count : complete_count);
    }
    REQUIRE(pruned_count > 5);
    pruned /= pruned_count;
    complete /= complete_count;
    CHECK((reported == 0 ? pruned > complete : pruned < complete));
  }
}

TEST_CASE("the reported objective belongs to the study and is taken from it") {
  TempFolder folder;
  StudyOptions o = options(folder.url());
  o.reported_objective = 1;
  o.pruner = make_pruner("threshold", R"({"lower":0.5})");
  Study::open(o);
  const Study loaded = Study::load(folder.url(), "s", {});
  CHECK(loaded.settings().at("reported_objective") == "1");
  o.reported_objective = 0;
  CHECK(contains_text(message_of([&] { Study::open(o); }), "reported_objective: 1 -> (none)"));
}
