// A suggestion is a pure function of (view, key): what a study has stored is enough to make every
// value again, in other objects, after any cut.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>

#include "base/error.h"
#include "tests/tune/temp_folder.h"
#include "tune/samplers/make_sampler.h"
#include "tune/samplers/random_sampler.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

namespace {

// Branches, integers, a category, a logarithm; some trials fail or are given values.
Outcome objective(Trial& trial) {
  const std::string kind = trial.suggest_categorical("kind", {"a", "b", "c"});
  const std::int64_t count = trial.suggest_int("count", 1, 4);
  double sum = kind == "a" ? 0.3 : kind == "b" ? 0.0 : 0.5;
  for (std::int64_t i = 0; i < count; ++i)
    sum += std::abs(trial.suggest_float(fmt::format("x{}", i), -1, 1) - 0.2);
  if (kind == "b")
    sum += std::abs(std::log(trial.suggest_float("rate", 1e-4, 1, {.log = true})) + 3);
  if (trial.number() % 17 == 4) return Outcome::failed("every seventeenth");
  return Outcome::complete(sum);
}

StudyOptions options_of(const Kind<Sampler>& kind, const std::string& storage, int lag) {
  StudyOptions options;
  options.storage = storage;
  options.name = "s";
  options.sampler = kind.make("{}");
  options.seed = 12;
  options.lag = lag;
  options.log = {};
  return options;
}

OptimizeOptions budget(int trials) {
  OptimizeOptions options;
  options.trials = trials;
  options.max_failures = 0;
  return options;
}

bool same_params(const TrialRecord& a, const TrialRecord& b) {
  if (a.params.size() != b.params.size()) return false;
  for (std::size_t i = 0; i < a.params.size(); ++i)
    if (a.params[i].name != b.params[i].name || a.params[i].internal != b.params[i].internal)
      return false;
  return true;
}

// Each trial once more from what the database says of those before it, by a sampler made anew.
void recompute(const Kind<Sampler>& kind, int trials) {
  CAPTURE(kind.name);
  TempFolder folder;
  Study::open(options_of(kind, folder.url(), 1)).optimize(objective, budget(trials));
  const std::vector<TrialRecord> stored = Study::load(folder.url()).trials();
  // brute_force has no values for continuous ranges: each beginning fails once, then it ends.
  const int expected = kind.name == "brute_force" ? std::min(trials, 12) : trials;
  REQUIRE(stored.size() == static_cast<std::size_t>(expected));
  const auto sampler = kind.make("{}");
  const auto log = std::make_shared<TrialLog>(std::vector{Direction::minimize});
  int wrong = 0;
  for (const TrialRecord& record : stored) {
    const HistoryView view(log, log->size(), nullptr, nullptr);
    const PlanPtr plan = sampler->plan(view, {12, record.number});
    for (std::size_t i = 0; i < record.params.size(); ++i) {
      const Parameter& p = record.params[i];
      const double again =
          choose_value(*sampler, *plan, {record.params.data(), i}, p.name, p.distribution);
      wrong += again != p.internal ? 1 : 0;
    }
    log->append(std::make_shared<const TrialRecord>(record));
  }
  CHECK(wrong == 0);
}

// With a lag, a study that goes on in another process plans its pending trials as the first did.
void go_on(const Kind<Sampler>& kind, int lag, int trials, const std::vector<int>& cuts) {
  CAPTURE(kind.name);
  TempFolder folder;
  const std::string whole = folder.url("whole.db"), pieces = folder.url("pieces.db");
  const auto enqueue = [](Study& study) {
    study.enqueue({{"kind", std::string("c")}, {"count", std::int64_t{2}}});
  };
  Study one = Study::open(options_of(kind, whole, lag));
  enqueue(one);
  one.optimize(objective, budget(trials));
  for (const int cut : cuts) {
    Study part = Study::open(options_of(kind, pieces, lag));
    if (cut == cuts.front()) enqueue(part);
    part.optimize(objective, budget(cut));
  }
  Study last = Study::open(options_of(kind, pieces, lag));
  OptimizeOptions side_by_side = budget(trials);
  side_by_side.jobs = lag;
  last.optimize(objective, side_by_side);
  const auto a = one.trials(), b = last.trials();
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CAPTURE(i);
    CHECK(same_params(a[i], b[i]));
  }
}

}  // namespace

TEST_CASE("samplers: every value is made again from the database, by an object that saw nothing") {
  for (const auto& kind : sampler_kinds()) recompute(kind, 60);
}

TEST_CASE("samplers: a study with a lag goes on as if it had never stopped") {
  for (const auto& kind : sampler_kinds()) go_on(kind, 3, 40, {7, 22});
}

TEST_SUITE("long") {
  TEST_CASE("samplers: 1,000 trials of every sampler are made again from the database") {
    for (const auto& kind : sampler_kinds()) recompute(kind, 1000);
  }
  TEST_CASE("samplers: studies with a lag of four, cut five times") {
    for (const auto& kind : sampler_kinds()) go_on(kind, 4, 150, {3, 11, 40, 41, 120});
  }
}

TEST_CASE("views: pending trials of a study with a lag stand at the points they plan") {
  struct Seen : RandomSampler {
    bool sees_planned_points() const override { return true; }
    PlanPtr plan(const HistoryView& view, const DrawKey& key) const override {
      const std::lock_guard lock(mutex);
      views.emplace(key.trial_number, view);
      return RandomSampler::plan(view, key);
    }
    mutable std::mutex mutex;
    mutable std::map<int, HistoryView> views;
  };
  const auto sampler = std::make_shared<Seen>();
  StudyOptions options;
  options.sampler = sampler;
  options.lag = 3;
  options.log = {};
  Study study = Study::open(options);
  study.optimize(objective, budget(30));
  const auto trials = study.trials();
  int planned = 0, exact = 0;
  for (int n = 10; n < 30; ++n) {
    const auto& pending = sampler->views.at(n).pending();
    REQUIRE(pending.size() == 2);
    for (const TrialPtr& trial : pending) {
      CHECK(trial->values.empty());
      planned += trial->params.empty() ? 0 : 1;
      exact += same_params(*trial, trials[static_cast<std::size_t>(trial->number)]) ? 1 : 0;
    }
  }
  CHECK(planned == 40);
  CHECK(exact >= 30);  // all but those that met a branch for the first time
}

TEST_CASE("forbid: a combination never occurs, and one without a way out is an error") {
  StudyOptions options;
  options.log = {};
  options.sampler = std::make_shared<RandomSampler>();
  options.forbidden = {forbid({"kind", "width"},
                              [](const std::vector<Value>& v) {
                                return std::get<std::string>(v[0]) == "a" &&
                                       std::get<std::int64_t>(v[1]) > 3;
                              }),
                       forbid({"width", "x"}, [](const std::vector<Value>& v) {
                         return std::get<std::int64_t>(v[0]) == 2 && std::get<double>(v[1]) > 0.5;
                       })};
  Study study = Study::open(options);
  int near = 0;
  study.optimize(Objective([&](Trial& trial) {
                   const std::string kind = trial.suggest_categorical("kind", {"a", "b"});
                   const std::int64_t width = trial.suggest_int("width", 1, 8);
                   const double x = trial.suggest_float("x", 0, 1);
                   CHECK_FALSE((kind == "a" && width > 3));
                   CHECK_FALSE((width == 2 && x > 0.5));
                   near += kind == "a" && width == 3 ? 1 : 0;
                   return Outcome::complete(x);
                 }),
                 budget(200));
  CHECK(near > 30);  // what was forbidden went to the nearest value
  options.forbidden = {forbid({"x"}, [](const std::vector<Value>&) { return true; })};
  Study none = Study::open(options);
  Trial trial = none.ask();
  CHECK_THROWS_WITH_AS(trial.suggest_float("x", 0, 1), doctest::Contains("forbidden"), Error);
  CHECK_THROWS_AS(forbid({}, [](const std::vector<Value>&) { return true; }), Error);
}
