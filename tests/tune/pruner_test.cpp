// tune/pruners: Optuna's decisions on random histories, and the words they come with.
#include "tune/pruner.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <memory>

#include "base/error.h"
#include "tests/tune/sampler_study.h"
#include "tune/constraints.h"
#include "tune/pruners/hyperband_pruner.h"
#include "tune/pruners/make_pruner.h"
#include "tune/pruners/nop_pruner.h"
#include "tune/pruners/patient_pruner.h"
#include "tune/pruners/percentile_pruner.h"
#include "tune/pruners/signed_rank.h"
#include "tune/pruners/successive_halving_pruner.h"
#include "tune/pruners/threshold_pruner.h"
#include "tune/pruners/wilcoxon_pruner.h"
#include "tune/study.h"

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

}  // namespace

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
  CHECK_THROWS_WITH_AS(
      make_pruner("magic"),
      "unknown pruner \"magic\"; choose one of: median, percentile, successive-halving, "
      "hyperband, promotion, extrapolation, patient, wilcoxon, threshold, none",
      Error);
}

TEST_CASE("successive halving: reasons name place, rung and count, and the rung is kept") {
  TestHistory view;
  for (int i = 0; i < 7; ++i) {
    TrialRecord other = record(i, TrialState::pruned, {{1, 1.0 * i}});
    other.system_attrs["completed_rung_0"] = std::to_string(i) + ".0";
    view.add(other);
  }
  const SuccessiveHalvingPruner pruner({.min_resource = 1});
  const Decision kept = pruner.decide(view, kKey, record(7, TrialState::running, {{1, 0.5}}));
  CHECK(kept.reason == "kept: 0.5 is place 2 of 8 at rung 0, 2 of them go on");
  CHECK(kept.attrs == Attributes{{"completed_rung_0", "0.5"}});
  const Decision stopped = pruner.decide(view, kKey, record(7, TrialState::running, {{1, 1.5}}));
  CHECK(stopped.prune());
  CHECK(stopped.reason == "1.5 is place 3 of 8 at rung 0, 2 of them go on");
  TrialRecord later = record(7, TrialState::running, {{1, 0.5}, {2, 0.5}});
  later.system_attrs = kept.attrs;
  CHECK(pruner.decide(view, kKey, later).reason == "kept: step 2 is before rung 1 at step 4");
  CHECK(pruner.decide(view, kKey, record(7, TrialState::running, {{1, kNan}})).reason ==
        "the value at rung 0 is NaN");
  // A rung that another program has written as nonsense is none.
  view.add([] {
    TrialRecord other = record(9, TrialState::pruned, {});
    other.system_attrs = {{"completed_rung_0", "{oops"}, {"completed_rung_x", "1"}};
    return other;
  }());
  CHECK(pruner.decide(view, kKey, record(7, TrialState::running, {{1, 0.5}})).reason ==
        kept.reason);
  CHECK_THROWS_AS(SuccessiveHalvingPruner({.bootstrap_count = 1}), Error);
  CHECK_THROWS_AS(SuccessiveHalvingPruner({.reduction_factor = 1}), Error);
}

TEST_CASE("hyperband: the sampler sees the trials of the same bracket alone") {
  const HyperbandPruner pruner({.min_resource = 1, .max_resource = 9, .reduction_factor = 3});
  const std::vector<int> budgets = HyperbandPruner::budgets(1, 9, 3);
  REQUIRE(budgets.size() == 3);
  const HistoryView view = ladder(60);
  std::size_t shown = 0;
  for (int number = 60; number < 70; ++number) {
    const DrawKey key{1, number, "s"};
    const int bracket = HyperbandPruner::bracket_of(budgets, "s", number);
    const HistoryView part = pruner.sampler_view(view, key);
    for (const TrialRecord& trial : part.finished())
      CHECK(HyperbandPruner::bracket_of(budgets, "s", trial.number) == bracket);
    CHECK(part.size() > 0);
    CHECK(part.same_as(pruner.sampler_view(view, key)));
    shown = std::max(shown, part.size());
  }
  CHECK(shown < 60);
  CHECK(MedianPruner().sampler_view(view, kKey).same_as(view));
  CHECK_THROWS_AS(HyperbandPruner({.min_resource = 3, .max_resource = 2}), Error);
  CHECK_THROWS_AS(HyperbandPruner({.bootstrap_count = 1}), Error);
  CHECK_FALSE(
      HyperbandPruner().decide({}, kKey, record(0, TrialState::running, {{100, kNan}})).prune());
}

TEST_CASE(
    "threshold, patient and wilcoxon pruners: reasons name the numbers, options are checked") {
  const ThresholdPruner limits({.lower = 0, .upper = 1});
  CHECK(limits.decide({}, kKey, record(0, TrialState::running, {{3, 1.5}})).reason ==
        "1.5 at step 3 is above the upper limit 1");
  CHECK(limits.decide({}, kKey, record(0, TrialState::running, {{3, 1}})).reason ==
        "kept: 1 at step 3 is within the limits");
  CHECK_THROWS_AS(ThresholdPruner({}), Error);
  CHECK_THROWS_AS(ThresholdPruner({.lower = 2, .upper = 1}), Error);
  CHECK(make_pruner("threshold", limits.options_json())->options_json() == limits.options_json());
  CHECK(make_pruner("threshold", R"({"upper":1})")->options_json() ==
        R"({"lower":-Infinity,"upper":1,"warmup_steps":0,"interval_steps":1})");

  const PatientPruner alone({.patience = 1});
  CHECK(alone.decide({}, kKey, record(0, TrialState::running, {{0, 1}, {1, 2}, {2, 3}})).reason ==
        "no improvement: the best of the last 2 reports is 2, before it was 1");
  CHECK(alone.decide({}, kKey, record(0, TrialState::running, {{0, 1}, {1, 2}})).reason ==
        "kept: 2 of 3 reports are there");
  const PatientPruner with_median({.wrapped = "median", .patience = 1});
  CHECK(with_median.options_json().find("startup_trials") != std::string::npos);
  CHECK(make_pruner("patient", with_median.options_json())->options_json() ==
        with_median.options_json());
  CHECK_THROWS_AS(PatientPruner({.wrapped = "magic"}), Error);
  const std::string nested = R"({"warmup_steps":9})";
  for (const std::string& spec :
       {"median" + nested, "median " + nested, " median  " + nested + " "})
    CHECK(PatientPruner({.wrapped = spec}).options_json() ==
          PatientPruner({.wrapped = spec_of(*make_pruner("median", nested))}).options_json());

  TestHistory view;
  view.add(record(0, TrialState::complete, {{0, 1}, {1, 2}, {2, 3}, {3, 4}}));
  const WilcoxonPruner test;
  CHECK(test.decide(view, kKey,
                    record(1, TrialState::running, {{0, 1.5}, {1, 2.75}, {2, 3.875}, {3, 5}}))
            .reason == "p = 0.0625 that it is no worse than the best trial, 0, at 4 common steps");
  CHECK(test.decide(view, kKey, record(1, TrialState::running, {{0, 1.5}})).reason ==
        "kept: 1 steps in common with the best trial, 0; 2 needed");
}

// Numbers of scipy.stats.wilcoxon 1.17.1 with zero_method="zsplit".
TEST_CASE("the signed-rank test gives SciPy's p-values: exact, with ties and zeros, approximate") {
  CHECK(signed_rank_p({1, 2, 3}, true) == doctest::Approx(0.125));
  CHECK(signed_rank_p({1, -2, 3, 4.5}, false) == doctest::Approx(0.875));
  CHECK(signed_rank_p({1, -1, 2, 0, 0, 3}, true) == doctest::Approx(0.1875));
  std::vector<double> many;
  for (int i = 1; i <= 60; ++i) many.push_back(i % 3 == 0 ? -i : i);
  CHECK(signed_rank_p(many, true) == doctest::Approx(0.017950061607939057));
  CHECK(std::isnan(signed_rank_p({}, true)));
}

TEST_CASE("a trial is feasible when all its constraints are at most 0") {
  const auto with = [](Attributes attrs) {
    TrialRecord trial;
    trial.system_attrs = std::move(attrs);
    return is_feasible(trial);
  };
  CHECK(with({}));
  CHECK(with({{"constraints", "[0, -1.5]"}, {"constraints:a", "-1"}, {"constraintsx", "7"}}));
  CHECK(with({{"constraints", "null"}}));
  CHECK_FALSE(with({{"constraints", "[0, 0.5]"}}));
  CHECK_FALSE(with({{"constraints:a", "0.5"}}));
  CHECK_FALSE(with({{"constraints:a", "NaN"}}));
  CHECK_FALSE(with({{"constraints:a", "\"x\""}}));
}

TEST_CASE(
    "a study keeps what the pruner notes, and forgets it with the reports of a released trial") {
  StudyOptions options;
  options.log = {};
  options.pruner = make_pruner("successive-halving", R"({"min_resource":1})");
  Study study = Study::open(options);
  {
    Trial trial = study.ask();
    trial.report(1, 0.5);
    CHECK(trial.record().system_attrs.at("completed_rung_0") == "0.5");
    CHECK(study.trials()[0].system_attrs.contains("completed_rung_0"));
  }
  CHECK(study.trials()[0].state == TrialState::waiting);
  CHECK_FALSE(study.trials()[0].system_attrs.contains("completed_rung_0"));
  Trial again = study.ask();
  CHECK(again.report(1, 0.75).reason == "kept: 0.75 is place 1 of 1 at rung 0, 1 of them go on");
}
