// tune/pruners: Optuna's decisions on random histories, and the words they come with.
#include "tune/pruner.h"

#include <doctest/doctest.h>

#include <limits>
#include <memory>

#include "base/error.h"
#include "tests/tune/golden_file.h"
#include "tests/tune/sampler_study.h"
#include "tune/pruners/make_pruner.h"
#include "tune/pruners/nop_pruner.h"
#include "tune/pruners/percentile_pruner.h"

using namespace hone;
using namespace hone::tune;
using namespace hone::tune::testing;

namespace {

const DrawKey kKey;
const double kNan = std::numeric_limits<double>::quiet_NaN();

TrialRecord record(int number, TrialState state, std::map<int, double> intermediate) {
  TrialRecord result;
  result.number = number;
  result.state = state;
  if (state == TrialState::complete) result.values = {0.5};
  result.intermediate = std::move(intermediate);
  return result;
}

std::map<int, double> to_reports(const Json& json) {
  std::map<int, double> reports;
  for (const Json& pair : json) reports[pair[0].get<int>()] = to_number(pair[1]);
  return reports;
}

// `count` finished trials whose value at steps 0 to 4 is their number.
TestHistory ladder(int count) {
  TestHistory view;
  for (int i = 0; i < count; ++i) {
    const double v = i;
    view.trials.push_back(std::make_shared<const TrialRecord>(
        record(i, TrialState::complete, {{0, v}, {1, v}, {2, v}, {3, v}, {4, v}})));
  }
  return view;
}

PercentileOptions to_options(const Json& json) {
  return {.percentile = json.at("percentile"),
          .startup_trials = json.at("n_startup_trials"),
          .warmup_steps = json.at("n_warmup_steps"),
          .interval_steps = json.at("interval_steps"),
          .min_trials = json.at("n_min_trials")};
}

}  // namespace

TEST_CASE("percentile pruner: every decision is Optuna's, and has its reason") {
  int pruned = 0, kept = 0;
  for (const Json& item : read_goldens("pruners.json").at("histories")) {
    TestHistory view;
    view.directions = {item.at("direction") == "minimize" ? Direction::minimize
                                                          : Direction::maximize};
    for (const Json& trial : item.at("finished")) {
      const std::string state = trial.at("state");
      view.trials.push_back(
          std::make_shared<const TrialRecord>(record(static_cast<int>(view.trials.size()),
                                                     state == "COMPLETE" ? TrialState::complete
                                                     : state == "PRUNED" ? TrialState::pruned
                                                                         : TrialState::fail,
                                                     to_reports(trial.at("reports")))));
    }
    const PercentileOptions options = to_options(item.at("options"));
    std::unique_ptr<Pruner> pruner;
    if (item.at("pruner") == "median")
      pruner =
          std::make_unique<MedianPruner>(MedianOptions{options.startup_trials, options.warmup_steps,
                                                       options.interval_steps, options.min_trials});
    else
      pruner = std::make_unique<PercentilePruner>(options);
    TrialRecord trial = record(static_cast<int>(view.trials.size()), TrialState::running, {});
    const Json& reports = item.at("reports");
    for (std::size_t i = 0; i < reports.size(); ++i) {
      trial.intermediate[reports[i][0].get<int>()] = to_number(reports[i][1]);
      const Decision decision = pruner->decide(view, kKey, trial);
      CAPTURE(item.at("options").dump());
      CAPTURE(reports[i].dump());
      CAPTURE(decision.reason);
      CHECK(decision.prune() == item.at("prune")[i].get<bool>());
      CHECK(decision.reason.starts_with("kept: ") != decision.prune());
      ++(decision.prune() ? pruned : kept);
    }
  }
  CHECK(pruned > 20);
  CHECK(kept > 100);
}

TEST_CASE("median pruner: reasons name the numbers") {
  const MedianPruner pruner;
  const HistoryView view = ladder(9);  // median 4
  CHECK(pruner.decide(view, kKey, record(9, TrialState::running, {{2, 7.5}, {3, 6.25}})).reason ==
        "best so far 6.25 is above the median 4 of 9 finished trials at step 3");
  CHECK(pruner.decide(view, kKey, record(9, TrialState::running, {{2, 1.5}, {3, 6.25}})).reason ==
        "kept: best so far 1.5 is below the median 4 of 9 finished trials at step 3");
  const Decision tie = pruner.decide(view, kKey, record(9, TrialState::running, {{3, 4}}));
  CHECK_FALSE(tie.prune());
  CHECK(tie.reason ==
        "kept: best so far 4 is equal to the median 4 of 9 finished trials at step 3");
  CHECK(pruner.decide(ladder(3), kKey, record(3, TrialState::running, {{3, 9}})).reason ==
        "kept: 3 of 5 start-up trials finished");
  CHECK(pruner.decide(view, kKey, record(9, TrialState::running, {})).reason ==
        "kept: no value reported yet");
  CHECK(pruner.decide(view, kKey, record(9, TrialState::running, {{7, 9}})).reason ==
        "kept: 0 finished trials have a value at step 7, 1 needed");
  const Decision nan =
      pruner.decide(view, kKey, record(9, TrialState::running, {{0, kNan}, {1, kNan}}));
  CHECK(nan.prune());
  CHECK(nan.reason == "every value reported up to step 1 is NaN");
}

TEST_CASE("percentile pruner: warm-up, interval and direction") {
  TestHistory view = ladder(9);
  const PercentilePruner pruner({.percentile = 25, .warmup_steps = 2, .interval_steps = 2});
  CHECK(pruner.decide(view, kKey, record(9, TrialState::running, {{1, 8}})).reason ==
        "kept: step 1 is in the warm-up of 2 steps");
  CHECK(pruner.decide(view, kKey, record(9, TrialState::running, {{1, 8}, {2, 8}})).prune());
  CHECK(pruner.decide(view, kKey, record(9, TrialState::running, {{2, 8}, {3, 8}})).reason ==
        "kept: step 3 is between two checks, 2 steps apart");
  // The check at step 2 was missed, so the report at step 3 makes up for it.
  CHECK(pruner.decide(view, kKey, record(9, TrialState::running, {{1, 8}, {3, 8}})).prune());
  CHECK_FALSE(pruner.decide(view, kKey, record(9, TrialState::running, {{2, 1.9}})).prune());
  view.directions = {Direction::maximize};
  CHECK(pruner.decide(view, kKey, record(9, TrialState::running, {{2, 5.9}})).reason ==
        "best so far 5.9 is below the 75th percentile 6 of 9 finished trials at step 2");
  CHECK_FALSE(pruner.decide(view, kKey, record(9, TrialState::running, {{2, 6}})).prune());
}

TEST_CASE("pruners: infinite values and hostile steps do not break the comparison") {
  const double inf = std::numeric_limits<double>::infinity();
  TestHistory view = ladder(2);
  for (int i = 2; i < 6; ++i)
    view.trials.push_back(std::make_shared<const TrialRecord>(record(
        i, TrialState::complete, {{0, inf}, {std::numeric_limits<int>::max(), 1.0}, {-5, kNan}})));
  const MedianPruner pruner;
  CHECK_FALSE(pruner.decide(view, kKey, record(9, TrialState::running, {{0, inf}})).prune());
  CHECK_FALSE(pruner.decide(view, kKey, record(9, TrialState::running, {{-5, 3}})).prune());
  CHECK(pruner
            .decide(view, kKey,
                    record(9, TrialState::running, {{std::numeric_limits<int>::max(), 2.0}}))
            .prune());
  const MedianPruner lazy({.warmup_steps = std::numeric_limits<int>::max(),
                           .interval_steps = std::numeric_limits<int>::max()});
  CHECK_FALSE(lazy.decide(view, kKey,
                          record(9, TrialState::running, {{std::numeric_limits<int>::min(), 2.0}}))
                  .prune());
}

TEST_CASE("pruners: options are checked and written in a fixed order") {
  CHECK_THROWS_AS(PercentilePruner({.percentile = 101}), Error);
  CHECK_THROWS_AS(PercentilePruner({.percentile = kNan}), Error);
  CHECK_THROWS_AS(MedianPruner({.startup_trials = -1}), Error);
  CHECK_THROWS_AS(MedianPruner({.warmup_steps = -1}), Error);
  CHECK_THROWS_AS(MedianPruner({.interval_steps = 0}), Error);
  CHECK_THROWS_AS(MedianPruner({.min_trials = 0}), Error);
  CHECK(
      MedianPruner().options_json() ==
      R"({"percentile":50,"startup_trials":5,"warmup_steps":0,"interval_steps":1,"min_trials":1})");
}

TEST_CASE("pruners: found by name, unknown names list the known ones") {
  CHECK(make_pruner("median")->name() == "median");
  CHECK(make_pruner("none")->name() == "none");
  CHECK_FALSE(make_pruner("none")
                  ->decide(ladder(9), kKey, record(9, TrialState::running, {{0, kNan}}))
                  .prune());
  CHECK_THROWS_WITH_AS(make_pruner("magic"),
                       "unknown pruner \"magic\"; choose one of: median, percentile, none", Error);
}
