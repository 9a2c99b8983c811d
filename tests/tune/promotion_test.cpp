// Trials that are paused and promoted: by which rule, and that nothing but the study decides it.
#include <doctest/doctest.h>

#include <atomic>
#include <cmath>

#include "base/error.h"
#include "tests/tune/temp_folder.h"
#include "tune/pruners/make_pruner.h"
#include "tune/pruners/promotion_pruner.h"
#include "tune/samplers/make_sampler.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

namespace {

constexpr int kSteps = 9;

PromotionPruner pruner() { return PromotionPruner({.max_resource = kSteps}); }

TrialPtr paused(int number, double value, const std::optional<Promotion>& promotion = {}) {
  TrialRecord record;
  record.number = number;
  record.state = TrialState::pruned;
  record.intermediate[promotion ? 2 : 0] = value;
  if (promotion) record.system_attrs[kPromotion] = to_json(*promotion);
  record.system_attrs[promotion ? "completed_rung_1" : "completed_rung_0"] = "0.5";
  return std::make_shared<const TrialRecord>(std::move(record));
}

HistoryView view(std::vector<TrialPtr> trials) {
  return {{Direction::minimize}, std::move(trials)};
}

int promoted(const HistoryView& history) {
  const auto promotion = pruner().promote(history, {});
  return promotion ? promotion->from : -1;
}

// Curves that cross: what is good early is not what is good at the end.
double curve(double x, double slope, int step) {
  return std::abs(x - 0.3) + 0.5 * std::pow(slope, step + 1);
}

// Reports all steps up to the end; interrupted at the step that `fault` says.
Outcome objective(Trial& trial, const std::function<bool(int trial, int step)>& fault = {}) {
  const double x = trial.suggest_float("x", 0, 1), slope = trial.suggest_float("slope", 0.2, 0.95);
  for (int step = 0; step < kSteps; ++step) {
    if (fault && fault(trial.number(), step)) return Outcome::interrupted();
    const double noise = static_cast<double>(trial.seed() % 1000) * 1e-5;
    const Decision decision = trial.report(step, curve(x, slope, step) + noise);
    if (decision.prune()) return Outcome::pruned(decision.reason);
  }
  return Outcome::complete(trial.record().intermediate.rbegin()->second);
}

StudyOptions options(const std::string& storage, const char* sampler = "tpe") {
  return {.storage = storage,
          .name = "s",
          .sampler = make_sampler(sampler,
                                  std::string(sampler) == "tpe" ? R"({"startup_trials":4})" : "{}"),
          .pruner = std::make_shared<PromotionPruner>(PromotionOptions{.max_resource = kSteps}),
          .seed = 3,
          .lag = 4,
          .log = {}};
}

// All that is stored of the trials, without times.
std::string text_of(const Study& study) {
  std::string text;
  for (const TrialRecord& trial : study.trials()) {
    text += fmt::format("{} state {} value {}", trial.number, static_cast<int>(trial.state),
                        trial.value().value_or(-1));
    for (const Parameter& p : trial.params) text += fmt::format(" {} {}", p.name, p.internal);
    for (const auto& [step, value] : trial.intermediate) text += fmt::format(" {}:{}", step, value);
    for (const auto& [key, json] : trial.system_attrs) text += fmt::format(" {}={}", key, json);
    text += "\n";
  }
  return text;
}

constexpr int kTrials = 60;

std::string undisturbed(const char* sampler, int jobs) {
  Study study = Study::open(options("", sampler));
  study.optimize([](Trial& trial) { return objective(trial); }, {.trials = kTrials, .jobs = jobs});
  return text_of(study);
}

}  // namespace

TEST_CASE("promotion: one in three goes on, from the highest rung, the best one first") {
  CHECK(promoted(view({})) == -1);
  CHECK(promoted(view({paused(0, 3), paused(1, 2)})) == -1);
  CHECK(promoted(view({paused(0, 3), paused(1, 2), paused(2, 4)})) == 1);
  const Promotion first{1, 1, 1};
  std::vector<TrialPtr> trials = {paused(0, 3), paused(1, 2), paused(2, 4), paused(3, 1, first)};
  CHECK(promoted(view(trials)) == -1);  // 1 is gone, and 0 is second of three
  trials.push_back(paused(4, 5));
  trials.push_back(paused(5, 6));
  trials.push_back(paused(6, 7));
  CHECK(promoted(view(trials)) == 0);  // second of six
  trials.push_back(paused(7, 8, Promotion{0, 0, 1}));
  trials.push_back(paused(8, 9, Promotion{9, 9, 1}));
  const auto next = pruner().promote(view(trials), {});
  REQUIRE(next);
  CHECK(next->from == 3);
  CHECK(next->root == 1);
  CHECK(next->rung == 2);
}

TEST_CASE("promotion: what pending trials continue is not continued twice") {
  const HistoryView history = view({paused(0, 3), paused(1, 2), paused(2, 4)});
  TrialRecord pending;
  pending.number = 3;
  pending.system_attrs[kPromotion] = to_json(Promotion{1, 1, 1});
  CHECK(promoted(history.with_pending({std::make_shared<const TrialRecord>(pending)})) == -1);
  pending.system_attrs["fixed_params"] = "{}";  // it was enqueued: it has values of its own
  CHECK_FALSE(promotion_of(pending));
  CHECK(planned_promotion(pending)->from == 1);
}

TEST_CASE("promotion: a trial is paused at its rung, and goes to the end from the last one") {
  const PromotionPruner rule = pruner();
  TrialRecord trial;
  trial.intermediate = {{0, 0.25}};
  Decision decision = rule.decide(HistoryView(), {}, trial);
  CHECK(decision.pause());
  CHECK(decision.attrs.at("completed_rung_0") == "0.25");
  CHECK(decision.reason ==
        "paused at rung 0 (step 0) with 0.25; it goes on when it is among the "
        "best 1/3 there");
  trial.system_attrs[kPromotion] = to_json(Promotion{0, 0, 1});
  CHECK(rule.decide(HistoryView(), {}, trial).reason == "kept: step 0 is before rung 1 at step 2");
  trial.intermediate = {{2, 0.25}};
  CHECK(rule.decide(HistoryView(), {}, trial).pause());
  trial.system_attrs[kPromotion] = to_json(Promotion{1, 0, 2});
  trial.intermediate = {{8, 0.25}};
  CHECK_FALSE(rule.decide(HistoryView(), {}, trial).prune());
  trial.system_attrs.clear();
  trial.intermediate = {{0, std::nan("")}};
  decision = rule.decide(HistoryView(), {}, trial);
  CHECK(decision.prune());
  CHECK_FALSE(decision.pause());
}

TEST_CASE("promotion: a study has the same trials for any number of jobs") {
  for (const char* sampler : {"random", "tpe"}) {
    CAPTURE(sampler);
    const std::string one = undisturbed(sampler, 1);
    CHECK(one == undisturbed(sampler, 2));
    CHECK(one == undisturbed(sampler, 4));
    CHECK(one.find("state 1") != std::string::npos);
    CHECK(one.find("\"rung\":2") != std::string::npos);
  }
}

TEST_CASE("promotion: a study that is interrupted again and again has the same trials") {
  TempFolder folder;
  const std::string whole = undisturbed("tpe", 2);
  std::atomic<int> faults = 0;
  for (int call = 0; call < 200; ++call) {
    Study study = Study::open(options(folder.url()));
    if (study.finished() >= kTrials) break;
    const auto fault = [&](int number, int step) {
      return (number * 7 + step * 3 + call) % 11 == 0 && ++faults > 0;
    };
    study.optimize([&](Trial& trial) { return objective(trial, fault); },
                   {.trials = kTrials, .jobs = 1 + call % 3});
  }
  CHECK(faults > 10);
  CHECK(text_of(Study::open(options(folder.url()))) == whole);
}

TEST_CASE("promotion: a chain has one seed and one set of values, and repeats its reports") {
  Study study = Study::open(options(""));
  study.optimize([](Trial& trial) { return objective(trial); }, {.trials = kTrials});
  const auto trials = study.trials();
  int chains = 0;
  for (const TrialRecord& trial : trials) {
    const auto promotion = promotion_of(trial);
    if (!promotion) continue;
    ++chains;
    const TrialRecord& before = trials[static_cast<std::size_t>(promotion->from)];
    REQUIRE(before.state == TrialState::pruned);
    for (const Parameter& p : before.params) CHECK(trial.find(p.name)->internal == p.internal);
    for (const auto& [step, value] : before.intermediate)
      CHECK(trial.intermediate.at(step) == value);
    CHECK(seed_number(trial) == seed_number(before));
  }
  CHECK(chains > 10);
}

TEST_CASE("promotion: enqueued trials have their own values, with any number of jobs") {
  const auto run = [](int jobs) {
    Study study = Study::open(options(""));
    study.optimize([](Trial& trial) { return objective(trial); }, {.trials = 12, .jobs = jobs});
    for (int i = 0; i < 6; ++i) study.enqueue({{"x", 0.3}, {"slope", 0.2 + 0.1 * i}});
    study.optimize([](Trial& trial) { return objective(trial); }, {.trials = 40, .jobs = jobs});
    CHECK(study.trials()[13].find("slope")->internal == 0.2 + 0.1 * 1);
    return text_of(study);
  };
  CHECK(run(1) == run(4));
}

TEST_CASE("promotion: needs the length of a trial, and a deterministic study") {
  CHECK_THROWS_WITH_AS(make_pruner("promotion"), doctest::Contains("max_resource is 0"), Error);
  CHECK_THROWS_AS(make_pruner("promotion", R"({"max_resource":3,"min_resource":3})"), Error);
  CHECK_THROWS_WITH_AS(make_pruner("patient", R"({"wrapped":"promotion {\"max_resource\":9}"})"),
                       doctest::Contains("cannot be wrapped"), Error);
  StudyOptions live = options("");
  live.lag = 0;
  live.deterministic = false;
  CHECK_THROWS_WITH_AS(Study::open(live), doctest::Contains("deterministic studies alone"), Error);
}
