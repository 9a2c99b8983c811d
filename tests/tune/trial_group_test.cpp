// Several trials that one worker has at once.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "tune/samplers/make_sampler.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

namespace {

Study open_study(int lag, bool deterministic = true) {
  return Study::open({.name = "s",
                      .sampler = make_sampler("tpe", R"({"startup_trials": 3})"),
                      .seed = 4,
                      .deterministic = deterministic,
                      .lag = lag,
                      .log = {}});
}

double value_of(Trial& trial) {
  const double x = trial.suggest_float("x", -1, 1);
  const double y = trial.suggest_float("y", -1, 1);
  return x * x + y * y;
}

// Asks for all that there are, and ends the last first.
std::vector<std::size_t> run_groups(Study& study, int trials, int together, int jobs = 1) {
  std::vector<std::size_t> sizes;
  std::mutex mutex;
  study.optimize(
      [&](TrialGroup& group, int) {
        std::vector<std::pair<Trial*, double>> begun;
        while (Trial* trial = group.ask()) begun.emplace_back(trial, value_of(*trial));
        std::reverse(begun.begin(), begun.end());
        for (const auto& one : begun)
          group.end(*one.first, [&] { return Outcome::complete(one.second); });
        const std::lock_guard lock(mutex);
        sizes.push_back(begun.size());
      },
      {.trials = trials, .jobs = jobs, .together = together});
  return sizes;
}

std::string text_of(const Study& study) {
  std::string text;
  for (const TrialRecord& trial : study.trials()) {
    text += fmt::format("{} {}", trial.number, static_cast<int>(trial.state));
    for (const Parameter& parameter : trial.params) text += fmt::format(" {}", parameter.internal);
    for (const double value : trial.values) text += fmt::format(" = {}", value);
    text += "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a worker has as many trials at once as it may, and the study is the same") {
  Study one = open_study(4), three = open_study(4), four = open_study(4), threads = open_study(4);
  run_groups(one, 14, 1);
  CHECK(run_groups(three, 14, 3) == std::vector<std::size_t>{3, 3, 3, 3, 2, 0});
  CHECK(run_groups(four, 14, 4) == std::vector<std::size_t>{4, 4, 4, 2, 0});
  run_groups(threads, 14, 2, 3);
  CHECK(one.trials().size() == 14);
  CHECK(text_of(three) == text_of(one));
  CHECK(text_of(four) == text_of(one));
  CHECK(text_of(threads) == text_of(one));
}

TEST_CASE("a group takes no trial that would have to wait for another worker's") {
  Study study = open_study(3);
  std::atomic<bool> asked{false};
  std::size_t with_trial_1 = 0;
  study.optimize(
      [&](TrialGroup& group, int) {
        std::vector<Trial*> begun;
        while (Trial* trial = group.ask()) {
          begun.push_back(trial);
          if (trial->number() > 0) continue;
          while (!asked) std::this_thread::sleep_for(std::chrono::milliseconds(1));
          break;
        }
        if (!begun.empty() && begun[0]->number() == 1) {
          with_trial_1 = begun.size();  // and trial 3 needs trial 0
          asked = true;
        }
        for (Trial* trial : begun)
          group.end(*trial, [&] { return Outcome::complete(value_of(*trial)); });
      },
      {.trials = 8, .jobs = 2, .together = 3});
  CHECK(with_trial_1 == 2);
  CHECK(study.trials().size() == 8);
}

TEST_CASE("more trials together than the lag are refused, and other studies have no bound") {
  Study study = open_study(2);
  try {
    run_groups(study, 6, 3);
    CHECK(false);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(std::string(error.what()).find("3 trials together, but study s has lag 2") !=
          std::string::npos);
  }
  CHECK(study.trials().empty());
  Study free = open_study(0, false);
  CHECK(run_groups(free, 7, 5) == std::vector<std::size_t>{5, 2, 0});
}

TEST_CASE("what an objective throws ends the trials of its group that are left") {
  Study study = open_study(4);
  int groups = 0;
  study.optimize(
      [&](TrialGroup& group, int) {
        std::vector<Trial*> begun;
        while (Trial* trial = group.ask()) begun.push_back(trial);
        if (begun.empty()) return;
        group.end(*begun[0], [&] { return Outcome::complete(value_of(*begun[0])); });
        if (groups++ == 0) fail(ErrorKind::usage, "not like this");
        for (std::size_t i = 1; i + 1 < begun.size(); ++i)
          group.end(*begun[i], [&]() -> Outcome { fail(ErrorKind::usage, "nor like that"); });
      },
      {.trials = 8, .together = 4});
  const std::vector<TrialRecord> trials = study.trials();
  REQUIRE(trials.size() == 8);
  const auto reason = [&](std::size_t i) { return trials[i].user_attrs.at("fail_reason"); };
  for (const std::size_t i : {0, 4}) CHECK(trials[i].state == TrialState::complete);
  for (const std::size_t i : {1, 2, 3}) CHECK(reason(i) == "\"not like this\"");
  for (const std::size_t i : {5, 6}) CHECK(reason(i) == "\"nor like that\"");
  CHECK(reason(7).find("without ending this trial") != std::string::npos);
}

TEST_CASE("a trial is ended once, and by its own group") {
  Study study = open_study(2);
  int refused = 0;
  study.optimize(
      [&](TrialGroup& group, int) {
        while (Trial* trial = group.ask()) {
          const auto end = [&] { group.end(*trial, [] { return Outcome::complete(1); }); };
          end();
          try {
            end();
          } catch (const Error&) {
            ++refused;
          }
        }
      },
      {.trials = 2, .together = 2});
  CHECK(refused == 2);
  CHECK(study.finished() == 2);
}
