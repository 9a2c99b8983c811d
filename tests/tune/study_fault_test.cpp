// What goes wrong around a trial: the store, the machine, the objective, and what the user hears of
// it.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <atomic>
#include <map>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>

#include "base/error.h"
#include "tests/tune/temp_folder.h"
#include "tune/pruners/make_pruner.h"
#include "tune/pruners/percentile_pruner.h"
#include "tune/samplers/make_sampler.h"
#include "tune/samplers/tpe_sampler.h"
#include "tune/storage/memory_storage.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

namespace {

struct Lines {
  std::mutex mutex;
  std::vector<std::string> all;
  std::function<void(const std::string&)> writer() {
    return [this](const std::string& line) {
      const std::lock_guard lock(mutex);
      all.push_back(line);
    };
  }
  int count(const std::string& part) const {
    int n = 0;
    for (const std::string& line : all) n += line.find(part) != std::string::npos ? 1 : 0;
    return n;
  }
};

StudyOptions options(const std::string& storage, Lines* lines = nullptr, int lag = 2) {
  StudyOptions o;
  o.storage = storage;
  o.name = "s";
  o.seed = 5;
  o.lag = lag;
  o.log = lines != nullptr ? lines->writer() : nullptr;
  return o;
}

Outcome parabola(Trial& trial) {
  const double x = trial.suggest_float("x", -1, 1);
  trial.report(0, x * x);
  return Outcome::complete(x * x);
}

std::vector<double> values(const Study& study) {
  std::vector<double> list;
  for (const TrialRecord& trial : study.trials()) list.push_back(trial.value().value_or(-99));
  return list;
}

// Another program's lock on the file.
class ForeignLock {
 public:
  explicit ForeignLock(const std::string& file) {
    REQUIRE(sqlite3_open(file.c_str(), &database_) == SQLITE_OK);
    sqlite3_busy_timeout(database_, 5000);
  }
  ~ForeignLock() { sqlite3_close(database_); }
  void take() { run("BEGIN IMMEDIATE"); }
  void give() { run("ROLLBACK"); }

 private:
  void run(const char* sql) {
    REQUIRE(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  sqlite3* database_ = nullptr;
};

}  // namespace

TEST_CASE(
    "a device that is lost ends the worker with its error; the fault is counted for the trial") {
  const TempFolder folder;
  int calls = 0;
  const auto lost = [&](Trial&) -> Outcome {
    ++calls;
    throw DeviceLost("the device is lost");
  };
  for (int worker = 1; worker <= 3; ++worker) {
    Study study = Study::open(options(folder.url()));
    try {
      study.optimize(Objective(lost), {.trials = 2});
      FAIL_CHECK("no error");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::device);
      CHECK(std::string(error.what()) == "the device is lost");
    }
    CHECK(calls == worker);  // no second trial in a process whose device is gone
    CHECK(study.finished() == 0);
  }
  // The fourth worker meets it once more: the trial has failed, so that restarts do not loop.
  Study study = Study::open(options(folder.url()));
  CHECK_THROWS_AS(study.optimize(Objective(lost), {.trials = 2}), DeviceLost);
  CHECK(study.finished() == 1);
  study.optimize(Objective([](Trial&) { return Outcome::complete(1); }), {.trials = 2});
  CHECK(study.finished() == 2);
}

TEST_CASE("a store that fails ends optimize, not the trial, and optimize may be called again") {
  Study whole = Study::open(options(""));
  whole.optimize(Objective(parabola), {.trials = 12});
  for (const int jobs : {1, 2}) {
    const TempFolder folder;
    Study study = Study::open(options(""), open_storage(folder.url(), {.busy_seconds = 0.2}));
    ForeignLock other(folder.file());
    std::atomic<int> calls{0};
    CHECK_THROWS_AS(study.optimize(Objective([&](Trial& trial) {
                                     const double x = trial.suggest_float("x", -1, 1);
                                     if (++calls == 5) other.take();
                                     trial.report(0, x * x);
                                     return Outcome::complete(x * x);
                                   }),
                                   {.trials = 12, .jobs = jobs}),
                    StoreError);
    other.give();
    study.optimize(Objective(parabola), {.trials = 12, .jobs = jobs});
    CHECK(values(study) == values(whole));
    for (const TrialRecord& trial : study.trials()) CHECK(trial.state == TrialState::complete);
  }
}

TEST_CASE("an interrupted trial that cannot be released is told once, and goes back later") {
  const TempFolder folder;
  Study study = Study::open(options(""), open_storage(folder.url(), {.busy_seconds = 0.05}));
  ForeignLock other(folder.file());
  {
    Trial trial = study.ask();
    other.take();
    CHECK_THROWS_AS(study.tell(trial, Outcome::interrupted()), StoreError);
    other.give();
  }
  CHECK(study.ask().number() == 0);
}

TEST_CASE("a value that is enqueued twice is refused at once") {
  Study study = Study::open(options(""));
  CHECK_THROWS_WITH_AS(study.enqueue({{"x", 0.25}, {"y", 1.0}, {"x", 0.5}}),
                       doctest::Contains("parameter x is given twice"), Error);
  CHECK(study.trials().empty());
}

TEST_CASE("an error of storage that is the objective's own is no failure of the store") {
  Study study = Study::open(options(""));
  int tries = 0;
  study.optimize(Objective([&](Trial& trial) {
                   if (trial.number() == 1 && ++tries <= 2)
                     fail(ErrorKind::storage, "the checkpoint cannot be written");
                   return parabola(trial);
                 }),
                 {.trials = 3});
  CHECK(tries == 3);
  CHECK(study.trials()[1].state == TrialState::complete);
}

TEST_CASE("a fault of the surroundings is not the trial's: it runs again, three times at most") {
  Study whole = Study::open(options(""));
  whole.optimize(Objective(parabola), {.trials = 6});
  const TempFolder folder;
  for (const std::string& url : {std::string(), folder.url()}) {
    Lines lines;
    Study study = Study::open(options(url, &lines));
    std::map<int, int> calls;
    study.optimize(Objective([&](Trial& trial) {
                     const int call = ++calls[trial.number()];
                     const double x = trial.suggest_float("x", -1, 1);
                     if (trial.number() == 1 && call == 1) throw std::bad_alloc();
                     if (trial.number() == 1 && call == 2)
                       fail(ErrorKind::device, "the device is gone");
                     if (trial.number() == 1 && call == 3)
                       throw std::system_error(
                           std::make_error_code(std::errc::resource_unavailable_try_again),
                           "no thread");
                     if (trial.number() == 3) throw std::bad_alloc();
                     trial.report(0, x * x);
                     return Outcome::complete(x * x);
                   }),
                   {.trials = 6});
    const std::vector<TrialRecord> trials = study.trials();
    CHECK(calls[1] == 4);
    CHECK(trials[1].state == TrialState::complete);
    CHECK(trials[1].value() == whole.trials()[1].value());
    CHECK(calls[3] == 4);
    CHECK(trials[3].state == TrialState::fail);
    CHECK(trials[3].user_attrs.at("fail_reason") == "\"out of memory (met 4 times)\"");
    CHECK(lines.count("fault (out of memory); it is run again, time 1 of 3") == 2);
    CHECK(lines.count("trial   3  failed    (out of memory (met 4 times))") == 1);
  }
}

TEST_CASE("faults are counted across programs, interruptions are not counted") {
  const TempFolder folder;
  int calls = 0;
  for (int round = 0; round < 6; ++round) {
    Study study = Study::open(options(folder.url()));
    const auto objective = [&](Trial& trial) -> Outcome {
      ++calls;
      trial.suggest_float("x", -1, 1);
      if (round == 1 || round == 3) return Outcome::interrupted();
      throw std::logic_error("a bug");
    };
    if (round == 1 || round == 3)
      study.optimize(Objective(objective), {.trials = 1});
    else
      CHECK_THROWS_AS(study.optimize(Objective(objective), {.trials = 1}), std::logic_error);
    CHECK(study.trials()[0].state == (round < 5 ? TrialState::waiting : TrialState::fail));
  }
  CHECK(calls == 6);
}

TEST_CASE("failures in a row end optimize with an error, others do not") {
  Lines lines;
  Study study = Study::open(options("", &lines));
  try {
    study.optimize(Objective([](Trial& trial) {
                     trial.suggest_float("x", 0, 1);
                     if (trial.number() % 5 == 0) return Outcome::complete(1);
                     if (trial.number() < 10) return Outcome::failed("now and then");
                     return Outcome::failed("always \x1b[2J");
                   }),
                   {.trials = 100, .max_failures = 4});
    FAIL("did not end");
  } catch (const Error& error) {
    CHECK(error.exit_code() != 0);
    CHECK(std::string(error.what()).find("4 failed trials in a row") != std::string::npos);
    CHECK(std::string(error.what()).find("trial 4: now and then") != std::string::npos);
  }
  CHECK(study.trials().size() == 5);
  study.optimize(Objective([](Trial& trial) {
                   return trial.number() % 4 == 0 ? Outcome::complete(0) : Outcome::failed("x");
                 }),
                 {.trials = 30, .max_failures = 4});
  study.optimize(Objective([](Trial&) { return Outcome::failed("always \x1b[2J"); }),
                 {.trials = 50, .max_failures = 0});
  CHECK(study.trials().size() == 50);
  CHECK(lines.count("failed    (always \\x1b[2J)") == 20);
}

TEST_CASE("an objective that never succeeds is told, and optimize does not end well") {
  Lines lines;
  Study study = Study::open(options("", &lines));
  int rounds = 0;
  try {
    study.optimize(Objective([](Trial&) -> Outcome { fail(ErrorKind::device, "no device"); }),
                   {.trials = 3});
    FAIL("ended well");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::device);
    CHECK(std::string(error.what()).find("no trial has succeeded, 3 failed") != std::string::npos);
    ++rounds;
  }
  CHECK(rounds == 1);
  CHECK(lines.count("no device (met 4 times)") == 3);
  CHECK_NOTHROW(study.optimize(Objective(parabola), {.trials = 4}));
  CHECK_NOTHROW(
      study.optimize(Objective([](Trial&) { return Outcome::failed("one"); }), {.trials = 5}));
}

TEST_CASE("each trial has its line: state, value, reason, parameters, the best so far") {
  Lines lines;
  StudyOptions o = options("", &lines, 1);
  o.direction = Direction::maximize;
  Study study = Study::open(o);
  study.optimize(Objective([](Trial& trial) {
                   const std::string kind = trial.suggest_categorical("kind\n", {"a"});
                   trial.report(1, 3);
                   if (trial.number() == 1) return Outcome::pruned("too slow");
                   if (trial.number() == 2) return Outcome::complete(0.25);
                   return Outcome::complete(0.5);
                 }),
                 {.trials = 4});
  REQUIRE(lines.all.size() == 4);
  CHECK(lines.all[0].starts_with("trial   0  complete  0.5  kind\\x0a a  best 0.5 (trial 0)  "));
  CHECK(lines.all[1].starts_with("trial   1  pruned    3  (too slow)  kind"));
  CHECK(lines.all[2].find("0.25") != std::string::npos);
  CHECK(lines.all[3].find("best 0.5 (trial 0)") != std::string::npos);
  CHECK(study.best().number == 0);
  Lines long_line;
  Study many = Study::open(options("", &long_line, 1));
  many.optimize(Objective([](Trial& trial) {
                  for (int i = 0; i < 20; ++i) trial.suggest_int(fmt::format("p{}", i), 1, 1);
                  return Outcome::complete(0);
                }),
                {.trials = 1});
  CHECK(long_line.count("p0 1  p1 1  p2 1  p3 1  p4 1  p5 1  p6 1  p7 1  and 12 more  best") == 1);
}

TEST_CASE("an enqueued value that nothing asks for is told and kept with the trial") {
  Lines lines;
  Study study = Study::open(options("", &lines, 1));
  study.enqueue({{"x", 0.5}, {"learning_rate", 0.1}, {"\x1b", 1.0}});
  study.enqueue({{"x", 0.25}});
  study.optimize(Objective(parabola), {.trials = 3});
  CHECK(
      lines.count("given values that nothing asked for: \\x1b, learning_rate (its parameters are: "
                  "x)") == 1);
  CHECK(lines.count("nothing asked for") == 1);
  const auto trials = study.trials();
  CHECK(trials[0].user_attrs.at("unused_values") == "[\"\\u001b\", \"learning_rate\"]");
  CHECK_FALSE(trials[1].user_attrs.contains("unused_values"));
}

TEST_CASE("finished trials and the holders of running ones are known, also of other workers") {
  const TempFolder folder;
  Study study = Study::open(options(folder.url(), nullptr, 4));
  Study second = Study::open(options(folder.url(), nullptr, 4));
  study.optimize(Objective(parabola), {.trials = 2});
  CHECK(study.finished() == 2);
  CHECK(second.finished() == 2);
  CHECK(second.holders().empty());
  Trial trial = study.ask();
  CHECK(study.holders().empty());
  REQUIRE(second.holders().size() == 1);
  CHECK(second.holders()[0].number == 2);
  study.tell(trial, Outcome::failed("x"));
  CHECK(second.finished() == 3);
  CHECK(second.holders().empty());
}

TEST_CASE("a loaded study goes on with the sampler, pruner, seed and lag that it was made with") {
  const TempFolder folder;
  const auto make = [&](const std::string& url) {
    StudyOptions o = options(url, nullptr, 3);
    o.seed = 77;
    o.sampler = std::make_shared<TpeSampler>(TpeOptions{.startup_trials = 4, .candidates = 9});
    o.pruner = std::make_shared<MedianPruner>(MedianOptions{.startup_trials = 3});
    return Study::open(o);
  };
  const auto objective = Objective([](Trial& trial) {
    const double x = trial.suggest_float("x", -1, 1);
    const Decision decision = trial.report(0, x * x);
    return decision.prune() ? Outcome::pruned(decision.reason) : Outcome::complete(x * x);
  });
  Study whole = make("");
  whole.optimize(objective, {.trials = 30});
  make(folder.url()).optimize(objective, {.trials = 12});
  Study loaded = Study::load(folder.url(), "s", nullptr);
  CHECK(loaded.lag() == 3);
  CHECK(loaded.seed() == 77);
  loaded.optimize(objective, {.trials = 30, .jobs = 3});
  CHECK(values(loaded) == values(whole));
}

TEST_CASE("samplers and pruners are made from a name and JSON options, and written back") {
  const std::string tpe = R"({"startup_trials":3,"candidates":24,"form":"joint","profile":"hone"})";
  CHECK(make_sampler("tpe", R"({"form": "joint", "startup_trials": 3})")->options_json() == tpe);
  CHECK(spec_of(*make_from_spec(sampler_kinds(), "sampler", "tpe " + tpe)) == "tpe " + tpe);
  CHECK(make_from_spec(pruner_kinds(), "pruner", "none")->name() == "none");
  for (const char* text : {"tpe{\"a b\": 1}", " tpe {\"a b\": 1} ", "\ttpe\n{\"a b\": 1}\n"}) {
    const Spec spec = split_spec(text);
    CHECK(spec.name == "tpe");
    CHECK(spec.options == "{\"a b\": 1}");
  }
  for (const char* text : {"tpe", " tpe ", "tpe\n"}) {
    CHECK(split_spec(text).name == "tpe");
    CHECK(split_spec(text).options == "{}");
  }
  CHECK(split_spec("").name.empty());
  CHECK(split_spec("  ").name.empty());
  CHECK(split_spec("{}").name.empty());
  const std::string median = make_pruner("median", R"({"warmup_steps":2})")->options_json();
  CHECK(
      median ==
      R"({"percentile":50,"startup_trials":5,"warmup_steps":2,"interval_steps":1,"min_trials":1})");
  CHECK(make_pruner("median", median)->options_json() == median);
  CHECK(make_pruner("percentile", R"({"percentile":12.5})")
            ->options_json()
            .starts_with(R"({"percentile":12.5,)"));
  CHECK_THROWS_WITH_AS(
      make_sampler("tpe", R"({"candidate": 3})"),
      "tpe: has no option candidate; it has startup_trials, candidates, form or profile", Error);
  CHECK_THROWS_WITH_AS(make_sampler("tpe", R"({"form": "both"})"),
                       doctest::Contains("automatic, independent, joint or tree"), Error);
  CHECK_THROWS_AS(make_sampler("tpe", R"({"startup_trials": 2.5})"), Error);
  CHECK_THROWS_WITH_AS(make_sampler("tpe", R"({"startup_trials": -1})"),
                       "tpe: startup_trials is -1, must be at least 0", Error);
  CHECK_THROWS_AS(make_sampler("tpe", "[]"), Error);
  CHECK_THROWS_AS(make_sampler("tpe", "{"), Error);
  CHECK_THROWS_WITH_AS(make_sampler("random", R"({"a": 1})"), doctest::Contains("it has none"),
                       Error);
  CHECK_THROWS_WITH_AS(make_pruner("median", R"({"percentile":25})"),
                       doctest::Contains("must be 50"), Error);
  const std::string help = kinds_help(sampler_kinds());
  CHECK(help.find("tpe: tree-structured Parzen estimator") != std::string::npos);
  CHECK(help.find("  candidates (default 24; 1 to 1000): points that are compared") !=
        std::string::npos);
  CHECK(kind_names(pruner_kinds()) ==
        "median, percentile, successive-halving, hyperband, promotion, extrapolation, patient, "
        "wilcoxon, threshold, none");
}

TEST_CASE("an option that a later version adds is compared with its default") {
  StudyOptions o = options("");
  const auto storage = std::make_shared<MemoryStorage>();
  storage->find_or_create_study("s", {Direction::minimize},
                                {{"direction", "minimize"},
                                 {"history", "deterministic, lag 2"},
                                 {"pruner", "none"},
                                 {"sampler", R"(tpe {"startup_trials":10,"form":"automatic"})"},
                                 {"seed", "5"}});
  CHECK_NOTHROW(Study::open(o, storage));
  o.pruner = make_pruner("none");
  CHECK_NOTHROW(Study::open(o, storage));
  o.sampler = std::make_shared<TpeSampler>(TpeOptions{.candidates = 25});
  CHECK_THROWS_WITH_AS(Study::open(o, storage), doctest::Contains("sampler: tpe"), Error);
}
