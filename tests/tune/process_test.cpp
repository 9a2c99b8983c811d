// Several processes and one file: killed ones, paused ones, working side by side.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <map>
#include <random>
#include <thread>

#include "base/error.h"
#include "tests/tune/sqlite_file.h"
#include "tests/tune/temp_folder.h"
#include "tune/storage/rules.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

namespace {

StudyOptions options(const std::string& storage, int lag) {
  StudyOptions o;
  o.log = {};
  o.storage = storage;
  o.name = "s";
  o.seed = 5;
  o.lag = lag;
  return o;
}

Outcome objective(Trial& trial) {
  const double x = trial.suggest_float("x", -1, 1);
  double value = x * x;
  if (trial.suggest_categorical("branch", {"a", "b"}) == "b")
    value += trial.suggest_float("y", 0, 1);
  for (int step = 0; step < 2; ++step) {
    trial.report(step, value + step);
    std::this_thread::sleep_for(std::chrono::microseconds(300));
  }
  return Outcome::complete(value);
}

// Runs `body` in a new process; a C++ exception ends it with 1.
pid_t in_child(const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  try {
    body();
  } catch (...) {
    ::_exit(1);
  }
  ::_exit(0);
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

void optimize(const std::string& storage, int lag, int trials, int jobs = 1, int acknowledge = -1) {
  OptimizeOptions o;
  o.trials = trials;
  o.jobs = jobs;
  if (acknowledge >= 0)
    o.callbacks = {[acknowledge](const Study&, const TrialRecord& record) {
      char line[16];
      const double value = *record.value();
      const std::int64_t number = record.number;
      std::memcpy(line, &number, 8);
      std::memcpy(line + 8, &value, 8);
      if (::write(acknowledge, line, sizeof line) != sizeof line) ::_exit(3);
    }};
  Study::open(options(storage, lag)).optimize(objective, o);
}

std::string digest(const std::vector<TrialRecord>& trials) {
  std::string text;
  for (const TrialRecord& trial : trials) {
    text += fmt::format("{} {} {}:", trial.number, static_cast<int>(trial.state),
                        trial.value().value_or(-99));
    for (const Parameter& p : trial.params) text += fmt::format(" {}={}", p.name, p.internal);
    for (const auto& [step, value] : trial.intermediate) text += fmt::format(" {}>{}", step, value);
    for (const auto& [key, json] : trial.system_attrs) text += " " + key + json;
    text += "\n";
  }
  return text;
}

// Kills the worker again and again, then finishes the study: it must be the study that was never
// killed, and every trial that was acknowledged before a kill must be there with its value.
void kill_and_continue(int kills) {
  TempFolder folder;
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
  std::map<std::int64_t, double> acknowledged;
  std::mt19937 random(7);  // the moments differ anyway: they are wall-clock times
  const auto drain = [&] {
    char line[16];
    while (::read(ends[0], line, sizeof line) == static_cast<ssize_t>(sizeof line)) {
      std::int64_t number = 0;
      double value = 0;
      std::memcpy(&number, line, 8);
      std::memcpy(&value, line + 8, 8);
      CHECK(acknowledged.emplace(number, value).second);  // no trial ends twice
    }
  };
  for (int i = 0; i < kills; ++i) {
    const pid_t child = in_child([&] { optimize(folder.url(), 2, 1000000, 2, ends[1]); });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 90000));
    ::kill(child, SIGKILL);
    CHECK(WIFSIGNALED(wait_for(child)));
    drain();
  }
  ::close(ends[0]);
  ::close(ends[1]);
  REQUIRE(acknowledged.size() > 10);
  const int total = static_cast<int>(acknowledged.rbegin()->first) + 6;
  optimize(folder.url(), 2, total, 2);
  const auto trials = Study::load(folder.url()).trials();
  CHECK(static_cast<int>(trials.size()) == total);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    REQUIRE(trials[i].number == static_cast<int>(i));
    REQUIRE(trials[i].state == TrialState::complete);
    if (const auto known = acknowledged.find(trials[i].number); known != acknowledged.end())
      REQUIRE(trials[i].value() == known->second);
  }
  Study whole = Study::open(options("", 2));
  OptimizeOptions o;
  o.trials = total;
  whole.optimize(objective, o);
  CHECK(digest(trials) == digest(whole.trials()));
  open_file(folder.file());  // checks the whole file
}

}  // namespace

TEST_CASE("a study that is killed 20 times at any moment ends as the one that never was") {
  kill_and_continue(20);
}

TEST_CASE("two processes share a deterministic study and give the trials of one") {
  TempFolder folder;
  const pid_t a = in_child([&] { optimize(folder.url(), 2, 30); });
  const pid_t b = in_child([&] { optimize(folder.url(), 2, 30); });
  CHECK(wait_for(a) == 0);
  CHECK(wait_for(b) == 0);
  Study whole = Study::open(options("", 2));
  OptimizeOptions o;
  o.trials = 30;
  whole.optimize(objective, o);
  CHECK(digest(Study::load(folder.url()).trials()) == digest(whole.trials()));
}

TEST_CASE("three processes without an order give each number once and exactly the total") {
  TempFolder folder;
  StudyOptions o = options(folder.url(), 1);
  o.deterministic = false;
  const auto work = [&] {
    OptimizeOptions budget;
    budget.trials = 60;
    budget.jobs = 2;
    Study::open(o).optimize(objective, budget);
  };
  pid_t children[3];
  for (pid_t& child : children) child = in_child(work);
  for (const pid_t child : children) CHECK(wait_for(child) == 0);
  const auto trials = Study::load(folder.url()).trials();
  REQUIRE(trials.size() == 60);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    CHECK(trials[i].number == static_cast<int>(i));
    CHECK(trials[i].state == TrialState::complete);
  }
}

TEST_CASE("200 enqueued trials are each run once by three processes") {
  TempFolder folder;
  StudyOptions o = options(folder.url(), 1);
  o.deterministic = false;
  {
    Study study = Study::open(o);
    for (int i = 0; i < 200; ++i) study.enqueue({{"x", i / 200.0}});
  }
  pid_t children[3];
  for (pid_t& child : children)
    child = in_child([&] {
      OptimizeOptions budget;
      budget.trials = 200;
      Study::open(o).optimize(
          [](Trial& trial) { return Outcome::complete(trial.suggest_float("x", 0, 1)); }, budget);
    });
  for (const pid_t child : children) CHECK(wait_for(child) == 0);
  const auto trials = Study::load(folder.url()).trials();
  REQUIRE(trials.size() == 200);
  for (std::size_t i = 0; i < trials.size(); ++i)
    CHECK(trials[i].value() == static_cast<double>(i) / 200.0);
}

TEST_CASE("a worker whose trial was given to another one drops its result") {
  TempFolder folder;
  Study sleeper = Study::open(options(folder.url(), 1));
  Trial held = sleeper.ask();
  const double x = held.suggest_float("x", -1, 1);
  {
    const auto taker = open_file(folder.file());
    const StudyKey study = taker->find_study("s")->key;
    CHECK(taker->recover_orphans(study) == 0);  // it lives
    CHECK(taker->recover_orphans(study, TakeOver::all) == 1);
  }
  Study other = Study::open(options(folder.url(), 1));
  Trial taken = other.ask();
  CHECK(taken.number() == 0);
  CHECK(taken.suggest_float("x", -1, 1) == x);
  CHECK_THROWS_AS(held.report(0, 1), FencedError);
  CHECK_THROWS_AS(sleeper.tell(held, Outcome::complete(111)), FencedError);
  other.tell(taken, Outcome::complete(222));
  CHECK(other.trials()[0].value() == 222);
}

TEST_SUITE("long") {
  TEST_CASE("a study that is killed 200 times at any moment ends as the one that never was") {
    kill_and_continue(200);
  }
}
