// Samplers of studies with several objectives: what they promise there, and that they find fronts.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <set>

#include "base/philox.h"
#include "tests/tune/temp_folder.h"
#include "tune/constraints.h"
#include "tune/hypervolume.h"
#include "tune/samplers/make_sampler.h"
#include "tune/samplers/nsga_ii_sampler.h"
#include "tune/samplers/split.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const std::vector<Direction> kBoth = {Direction::minimize, Direction::maximize};

StudyOptions options(const std::string& sampler, const std::string& json = "{}") {
  StudyOptions o;
  o.log = {};
  o.name = "s";
  o.directions = kBoth;
  o.sampler = make_sampler(sampler, json);
  o.seed = 5;
  return o;
}

// A branch, an integer and a logarithm; the front is at kind b, count 3.
Outcome branches(Trial& trial) {
  const double cost = trial.suggest_float("cost", 0, 1);
  double error = 0.3;
  if (trial.suggest_categorical("kind", {"a", "b"}) == "b") {
    error = 0.1 * std::abs(static_cast<double>(trial.suggest_int("count", 1, 6)) - 3);
    error += 0.1 * std::abs(std::log10(trial.suggest_float("rate", 1e-4, 1, {.log = true})) + 2);
  }
  if (trial.number() % 11 == 3) return Outcome::failed("every eleventh");
  return Outcome::complete({cost, std::sqrt(cost) - error});
}

double volume_of(const Study& study) {
  return hypervolume_history(study.trials(), study.directions(), Losses{1, 1}).volume.back();
}

std::vector<std::string> samplers() {
  std::vector<std::string> names;
  for (const auto& kind : sampler_kinds())
    if (kind.make("{}")->several_objectives() && kind.name != "brute_force" && kind.name != "grid")
      names.push_back(kind.name);
  return names;
}

TrialPtr trial_at(int number, double x, std::vector<double> values) {
  auto trial = std::make_shared<TrialRecord>();
  trial->number = number;
  trial->state = TrialState::complete;
  trial->params = {{"x", FloatDistribution{0, 1}, x}};
  trial->values = std::move(values);
  return trial;
}

}  // namespace

TEST_CASE("several objectives: every sampler is a function of what is stored, and lag-safe") {
  const auto names = samplers();
  CHECK(names.size() >= 5);
  for (const std::string& name : names) {
    CAPTURE(name);
    TempFolder folder;
    StudyOptions o = options(name, name == "nsga_ii" ? R"({"population":10})" : "{}");
    o.lag = 4;
    o.storage = folder.url("one.db");
    Study::open(o).optimize(branches, {.trials = 60});
    o.storage = folder.url("two.db");
    Study::open(o).optimize(branches, {.trials = 33, .jobs = 3});
    Study second = Study::load(folder.url("two.db"), "s", {});  // a sampler made anew
    second.optimize(branches, {.trials = 60, .jobs = 4});
    const auto one = Study::load(folder.url("one.db"), "s", {}).trials(), two = second.trials();
    REQUIRE(one.size() == two.size());
    for (std::size_t i = 0; i < one.size(); ++i) CHECK(one[i].values == two[i].values);
  }
}

TEST_CASE("several objectives: values that are missing, not finite or broken do no harm") {
  std::vector<TrialPtr> trials;
  const std::vector<std::vector<double>> odd = {
      {kInf, 1}, {1, -kInf}, {-kInf, kInf}, {std::nan(""), 1}, {1}, {}, {2, 2}, {2, 2}, {1, 3}};
  for (int n = 0; n < 90; ++n) {
    TrialRecord record = *trial_at(n, n / 90.0, odd[static_cast<std::size_t>(n) % odd.size()]);
    if (n % 5 == 0) record.system_attrs = constraint_attributes({}, "c", n % 10 - 4.5);
    if (n % 13 == 7) record.state = TrialState::pruned;
    if (n % 17 == 9) record.state = TrialState::fail;
    trials.push_back(std::make_shared<const TrialRecord>(std::move(record)));
  }
  for (const std::string& name : samplers())
    for (const std::size_t count : {std::size_t{3}, std::size_t{55}, std::size_t{90}}) {
      CAPTURE(name);
      const auto sampler = make_sampler(name);
      const HistoryView view(kBoth, {trials.begin(), trials.begin() + static_cast<long>(count)});
      const PlanPtr plan = sampler->plan(view, {1, 90});
      const FloatDistribution range{0.2, 0.4};  // narrower than it was
      const double value = choose_value(*sampler, *plan, {}, "x", range);
      CHECK(value >= 0.2);
      CHECK(value <= 0.4);
    }
}

TEST_CASE("several objectives: samplers that learn find more of the front than chance") {
  double chance = 0;
  for (const std::string name : {"random", "nsga_ii", "tpe", "auto"}) {
    CAPTURE(name);
    Study study = Study::open(options(name));
    study.optimize(branches, {.trials = 250});
    const double volume = volume_of(study);
    if (chance == 0) chance = volume;
    CHECK(volume >= chance);
    if (name == "nsga_ii") CHECK(volume > chance);
    if (name == "tpe" || name == "auto") CHECK(volume > chance + 0.01);
  }
}

TEST_CASE("nsga-ii: children are made of the front, by parents that keep their constraints") {
  std::vector<TrialPtr> trials;
  for (int n = 0; n < 20; ++n) {
    const double x = n / 20.0;
    TrialRecord record = *trial_at(n, x, {x, x < 0.5 ? x : x - 2});  // from 0.5 on all worse
    if (n < 4) record.system_attrs = constraint_attributes({}, "c", 1.0 + n);
    trials.push_back(std::make_shared<const TrialRecord>(std::move(record)));
  }
  const HistoryView view(kBoth, trials);
  const NsgaIiSampler sampler({.population = 5, .mutation = 1e-9});
  for (int n = 20; n < 120; ++n) {
    const PlanPtr plan = sampler.plan(view, {1, n});
    const double x = plan->values.at("x");
    CHECK(x >= 0.2);  // those below break the constraint
    CHECK(x < 0.5);
    CHECK(plan->why.starts_with("generation 4"));
  }
  const NsgaIiSampler young({.population = 21});
  CHECK(young.plan(view, {1, 20})->values.empty());
}

TEST_CASE("nsga-ii: of a rank that does not fit the crowded ones go") {
  std::vector<TrialPtr> trials;
  const std::vector<double> places = {0, 0.48, 0.49, 0.5, 0.51, 1};
  for (std::size_t n = 0; n < places.size(); ++n)
    trials.push_back(trial_at(static_cast<int>(n), places[n], {places[n], places[n]}));
  const NsgaIiSampler sampler({.population = 3, .mutation = 1e-9});
  std::set<double> parents;
  const HistoryView view(kBoth, trials);
  for (int n = 6; n < 200; ++n) parents.insert(sampler.plan(view, {1, n})->values.at("x"));
  CHECK(parents.size() == 3);
  CHECK(parents.contains(0));
  CHECK(parents.contains(1));
}

TEST_CASE("tpe: of several objectives the good ones are the front, spread by volume") {
  std::vector<TrialPtr> trials;
  for (int n = 0; n < 40; ++n) {
    const double x = n / 40.0;
    trials.push_back(trial_at(n, x, {x, x - (n % 2 == 0 ? 0 : 1)}));
  }
  const HistoryView view(kBoth, trials);
  const TrialSplit split = split_trials(view);
  CHECK(split.below.size() == 4);
  CHECK(split.below.size() + split.above.size() == 40);
  for (const TrialRecord* trial : split.below) CHECK(trial->number % 2 == 0);
  CHECK(split.below.back()->number - split.below.front()->number > 15);
  CHECK(good_count(1000, true) == 100);
}

TEST_CASE("auto: says which sampler several objectives get") {
  const auto sampler = make_sampler("auto");
  std::vector<TrialPtr> trials;
  for (int n = 0; n < 12; ++n) trials.push_back(trial_at(n, n / 12.0, {n / 12.0, 1}));
  CHECK(sampler->plan(HistoryView(kBoth, {}), {1, 0})->why.starts_with("even draws"));
  CHECK(sampler->plan(HistoryView(kBoth, trials), {1, 12})->why ==
        "TPE on the tree (several objectives)");
}
