// Studies whose sampler comes to an end: every combination once, then a line and no more trials.
#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <mutex>
#include <set>
#include <thread>

#include "base/error.h"
#include "tests/tune/temp_folder.h"
#include "tune/samplers/make_sampler.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

namespace {

constexpr const char* kLine = "every combination has been tried";

// Lines that say that the study is at its end.
struct Log {
  std::mutex mutex;
  std::vector<std::string> lines;
  std::function<void(const std::string&)> sink() {
    return [this](const std::string& line) {
      const std::lock_guard lock(mutex);
      if (line.find(kLine) != std::string::npos) lines.push_back(line);
    };
  }
};

StudyOptions options(const std::string& sampler, int lag, Log& log) {
  StudyOptions o;
  o.name = "s";
  o.sampler = make_sampler(sampler);
  o.lag = lag;
  o.seed = 3;
  o.log = log.sink();
  o.log_trials = false;
  return o;
}

// 12 combinations.
Outcome flat(Trial& trial) {
  double sum = static_cast<double>(trial.suggest_int("a", 0, 1));
  sum += trial.suggest_float("b", 0, 1, {.step = 0.5});
  trial.suggest_float("single", 3, 3);
  return Outcome::complete(sum + (trial.suggest_categorical("c", {"x", "y"}) == "x" ? 1 : 0));
}

// 1 combination with a, 12 with b.
Outcome branches(Trial& trial) {
  if (trial.suggest_categorical("kind", {"a", "b"}) == "a") return Outcome::complete(0);
  const double sum = static_cast<double>(trial.suggest_int("m", 0, 3));
  return Outcome::complete(sum + static_cast<double>(trial.suggest_int("n", 0, 2)));
}

using Points = std::multiset<std::vector<double>>;

Points points_of(const Study& study) {
  Points points;
  for (const TrialRecord& trial : study.trials()) {
    std::vector<double> point;
    for (const Parameter& p : trial.params) point.push_back(p.internal);
    points.insert(std::move(point));
  }
  return points;
}

std::size_t different(const Points& points) {
  return std::set<std::vector<double>>(points.begin(), points.end()).size();
}

}  // namespace

TEST_CASE("a first trial that was given its values is tried once, at any lag") {
  for (const char* sampler : {"brute_force", "grid"})
    for (const int lag : {1, 2, 4, 8})
      for (const std::uint64_t seed : {1, 2, 3, 4}) {
        CAPTURE(sampler);
        CAPTURE(lag);
        CAPTURE(seed);
        Log log;
        StudyOptions o = options(sampler, lag, log);
        o.seed = seed;
        Study study = Study::open(o);
        study.enqueue({{"a", 1}, {"b", 0.5}, {"c", "y"}});
        study.optimize(Objective(flat), {.trials = 40, .jobs = 1});
        const Points points = points_of(study);
        CHECK(points.size() == 12);
        CHECK(different(points) == 12);
        CHECK(log.lines.size() == 1);
      }
}

TEST_CASE("a trial that was asked for and left open does not keep a study from its end") {
  for (const int lag : {1, 4}) {
    CAPTURE(lag);
    TempFolder folder;
    Log log;
    StudyOptions o = options("grid", lag, log);
    o.storage = folder.url();
    Study study = Study::open(o);
    study.optimize(Objective(flat), {.trials = 3, .jobs = 1});
    study.ask().leave();
    study.optimize(Objective(flat), {.trials = 40, .jobs = 1});
    const Points points = points_of(study);
    CHECK(points.size() <= 14);
    CHECK(different(points) == 13);  // the open one has no values
    CHECK(log.lines.size() == 1);
  }
}

TEST_CASE("every combination is tried once, at any lag and for any number of jobs, then it ends") {
  for (const char* sampler : {"brute_force", "grid"})
    for (const int lag : {1, 3, 5, 7, 8, 11, 16})
      for (const int jobs : {1, lag}) {
        CAPTURE(sampler);
        CAPTURE(lag);
        CAPTURE(jobs);
        Log log;
        Study study = Study::open(options(sampler, lag, log));
        study.optimize(flat, {.trials = 100, .jobs = jobs});
        const Points points = points_of(study);
        CHECK(points.size() == 12);
        CHECK(different(points) == 12);
        REQUIRE(log.lines.size() == 1);
        CHECK(log.lines.front().find("sampler " + std::string(sampler)) != std::string::npos);
        CHECK(log.lines.front().find("after 12 trials") != std::string::npos);
      }
}

TEST_CASE("a space with branches ends when all of it has been tried") {
  for (const int lag : {1, 2, 4, 8})
    for (const int jobs : {1, lag}) {
      CAPTURE(lag);
      CAPTURE(jobs);
      Log log;
      Study study = Study::open(options("brute_force", lag, log));
      study.optimize(branches, {.trials = 100, .jobs = jobs});
      const Points points = points_of(study);
      CHECK(different(points) == 13);
      // Those that begin before any has ended do not know the branches.
      CHECK(points.size() < 13 + static_cast<std::size_t>(lag));
      CHECK(log.lines.size() == 1);
    }
}

TEST_CASE("a study at its end goes no further when it is continued, but runs what was enqueued") {
  TempFolder folder;
  Log log;
  StudyOptions o = options("grid", 4, log);
  o.storage = folder.url("study.db");
  Study::open(o).optimize(flat, {.trials = 7, .jobs = 2});
  CHECK(log.lines.empty());
  Study::open(o).optimize(flat, {.trials = 12});
  CHECK(log.lines.empty());  // the limit was reached
  Study study = Study::open(o);
  study.optimize(flat, {.trials = 20, .jobs = 3});
  CHECK(study.finished() == 12);
  CHECK(log.lines.size() == 1);
  study.enqueue({{"a", std::int64_t{1}}, {"b", 0.5}, {"c", std::string("y")}});
  study.optimize(flat, {.trials = 20, .jobs = 3});
  CHECK(study.finished() == 13);
  CHECK(log.lines.size() == 2);
  CHECK(study.ask().suggest_int("a", 0, 1) >= 0);  // who asks on gets values
}

TEST_CASE(
    "trials that fail, are pruned or interrupted: failed ones are done, interrupted are not") {
  Log log;
  Study study = Study::open(options("brute_force", 3, log));
  std::atomic<int> calls = 0;
  const auto objective = [&](Trial& trial) {
    flat(trial);
    ++calls;
    if (trial.number() == 5 && calls < 7) return Outcome::interrupted();
    if (trial.number() % 4 == 1) return Outcome::failed("no");
    return trial.number() % 4 == 2 ? Outcome::pruned("no") : Outcome::complete(1);
  };
  study.optimize(tune::Objective(objective), {.trials = 100});
  CHECK(log.lines.empty());
  study.optimize(tune::Objective(objective), {.trials = 100});
  CHECK(log.lines.size() == 1);
  CHECK(study.finished() == 12);
  CHECK(different(points_of(study)) == 12);
}

TEST_CASE("a trial that was given a value between those of the grid takes none of them") {
  Log log;
  Study study = Study::open(options("grid", 2, log));
  study.enqueue({{"x", 0.3}});
  study.optimize([](Trial& trial) { return Outcome::complete(trial.suggest_float("x", 0, 1)); },
                 {.trials = 100});
  CHECK(points_of(study) == Points{{0}, {0.25}, {0.3}, {0.5}, {0.75}, {1}});
  CHECK(log.lines.size() == 1);
}

TEST_CASE("workers with connections of their own end one study together") {
  TempFolder folder;
  Log log;
  StudyOptions o = options("brute_force", 4, log);
  o.storage = folder.url("study.db");
  Study::open(o);
  std::vector<std::thread> workers;
  for (int w = 0; w < 3; ++w)
    workers.emplace_back([&] { Study::open(o).optimize(flat, {.trials = 100}); });
  for (std::thread& worker : workers) worker.join();
  const Points points = points_of(Study::load(o.storage));
  CHECK(points.size() == 12);
  CHECK(different(points) == 12);
  CHECK(log.lines.size() == 3);
}

TEST_CASE("a study that is not deterministic ends, and one without parameters after one trial") {
  Log log;
  StudyOptions o = options("grid", 0, log);
  o.deterministic = false;
  Study live = Study::open(o);
  live.optimize(flat, {.trials = 100});
  CHECK(different(points_of(live)) == 12);
  CHECK(live.finished() == 12);
  Study empty = Study::open(options("brute_force", 1, log));
  empty.optimize([](Trial&) { return Outcome::complete(1); }, {.trials = 100});
  CHECK(empty.finished() == 1);
  CHECK(log.lines.size() == 2);
}
