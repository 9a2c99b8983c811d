// The extrapolation pruner: its decisions and words, and whether its probabilities hold on families
// of curves that are no mixtures of its decays.
#include "tune/pruners/extrapolation_pruner.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <thread>

#include "base/error.h"
#include "base/philox.h"
#include "tests/tune/sampler_study.h"
#include "tune/pruners/make_pruner.h"

using namespace hone;
using namespace hone::tune;
using namespace hone::tune::testing;

namespace {

constexpr int kSteps = 27;
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
const DrawKey kKey;

using Curve = std::vector<double>;
using Family = std::function<double(double end, double a, double b, int epoch)>;

struct NamedFamily {
  const char* name;
  double noise;
  Family at;
};

const std::vector<NamedFamily>& families() {
  static const std::vector<NamedFamily> kFamilies = {
      {"Gompertz", 0.01,
       [](double end, double a, double b, int t) {
         return 1 - (1 - end) * std::exp(-(1 + 3 * b) * std::exp(-(0.1 + 0.4 * a) * t));
       }},
      {"logistic", 0.01,
       [](double end, double a, double b, int t) {
         return end + (1 - end) / (1 + std::exp((0.2 + 0.3 * b) * (t - 3 - 8 * a)));
       }},
      {"inverse logarithm", 0.005,
       [](double end, double a, double, int t) {
         return end + 0.8 / (1 + (0.5 + 2 * a) * std::log(1.0 + t));
       }},
      {"Janoschek", 0.02,
       [](double end, double a, double b, int t) {
         return end + (0.9 - end) * std::exp(-(0.1 + 0.3 * a) * std::pow(t, 0.7 + 0.5 * b));
       }},
      {"power, then worse", 0.01, [](double end, double a, double b, int t) {
         return end + 0.6 * std::pow(t, -0.5 - a) + 0.2 * b * std::pow(t / 27.0, 3);
       }}};
  return kFamilies;
}

Curve draw(const NamedFamily& family, PhiloxStream& random) {
  const double a = random.uniform(), b = random.uniform();
  const double end = 0.05 + 0.5 * random.uniform() * random.uniform();
  Curve curve;
  for (int t = 1; t <= kSteps; ++t)
    curve.push_back(family.at(end, a, b, t) + family.noise * random.normal());
  return curve;
}

TrialRecord record(int number, const Curve& curve, int reports, TrialState state, double sign = 1) {
  TrialRecord trial;
  trial.number = number;
  trial.state = state;
  for (int i = 0; i < reports; ++i)
    trial.intermediate[i] = sign * curve[static_cast<std::size_t>(i)];
  if (state != TrialState::running)
    trial.values = {sign * curve[static_cast<std::size_t>(reports) - 1]};
  return trial;
}

// A study that asks the pruner at each report. What `look` gets: each trial before it is trained.
struct Study {
  TestHistory history;
  double best = kInf;
  int pruned = 0, pruned_best = 0, bests = 0;

  void train(const ExtrapolationPruner& pruner, const Curve& curve, double sign = 1) {
    const int number = static_cast<int>(history.trials.size());
    const HistoryView view = history;
    int reports = 0;
    bool stopped = false;
    while (reports < kSteps && !stopped)
      stopped =
          pruner.decide(view, kKey, record(number, curve, ++reports, TrialState::running, sign))
              .prune();
    const bool is_best = curve.back() < best;
    pruned += stopped;
    pruned_best += stopped && is_best;
    bests += is_best;
    if (!stopped) best = std::min(best, curve.back());
    history.add(
        record(number, curve, reports, stopped ? TrialState::pruned : TrialState::complete, sign));
  }
};

// Eight whole trials and two that were stopped, Gompertz curves.
Study small_study(double sign = 1) {
  Study study;
  if (sign < 0) study.history.directions = {Direction::maximize};
  PhiloxStream random(7);
  for (int i = 0; i < 10; ++i)
    study.history.add(record(i, draw(families()[0], random), i % 5 == 4 ? 6 : kSteps,
                             i % 5 == 4 ? TrialState::pruned : TrialState::complete, sign));
  return study;
}

Curve falling(double end) {
  Curve curve;
  for (int t = 1; t <= kSteps; ++t) curve.push_back(end + (1 - end) * std::exp(-0.2 * t));
  return curve;
}

}  // namespace

TEST_CASE("extrapolation: the stated 90% interval holds on curves that are no mixtures of decays") {
  for (const NamedFamily& family : families()) {
    int held = 0, all = 0;
    for (std::uint64_t seed = 0; seed < 24; ++seed) {
      const ExtrapolationPruner pruner({.max_resource = kSteps});
      PhiloxStream random(mix(seed, 11));
      Study study;
      for (int i = 0; i < (seed % 2 == 0 ? 6 : 20); ++i) study.train(pruner, draw(family, random));
      for (int i = 0; i < 6; ++i) {
        const Curve curve = draw(family, random);
        for (const int reports : {1, 3, 9, 18}) {
          std::string why;
          const auto found =
              pruner.forecast(study.history, record(99, curve, reports, TrialState::running), why);
          REQUIRE(found);
          const double miss = std::abs(curve.back() - found->value.mean);
          held += miss <= found->value.half_width(0.9);
          ++all;
        }
      }
    }
    const double share = held / static_cast<double>(all);
    CAPTURE(family.name);
    CHECK(share >= 0.80);
    CHECK(share <= 0.97);
  }
}

TEST_CASE("extrapolation: of the trials that it stops few would have become the best") {
  int all_lost = 0, all_bests = 0;
  for (const NamedFamily& family : families()) {
    int pruned = 0, pruned_best = 0, bests = 0;
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
      const ExtrapolationPruner pruner({.max_resource = kSteps});
      PhiloxStream random(mix(seed, 12));
      Study study;
      for (int i = 0; i < 30; ++i) study.train(pruner, draw(family, random));
      pruned += study.pruned;
      pruned_best += study.pruned_best;
      bests += study.bests;
    }
    CAPTURE(family.name);
    CHECK(pruned > 12 * 30 / 3);
    CHECK(pruned_best <= ExtrapolationOptions().threshold * pruned);
    all_lost += pruned_best;
    all_bests += bests;
  }
  CHECK(all_bests > 200);
  CHECK(all_lost <= ExtrapolationOptions().threshold * all_bests);
}

TEST_CASE("extrapolation: its own decisions and their words") {
  const ExtrapolationPruner pruner({.max_resource = kSteps});
  Study study;
  PhiloxStream random(3);
  std::string reports;
  for (int i = 0; i < 24; ++i) {
    study.train(pruner, draw(families()[3], random));
    reports += std::to_string(study.history.trials.back()->intermediate.size()) + ' ';
  }
  CHECK(reports == "27 27 27 27 10 9 27 24 10 7 15 6 27 27 24 11 26 10 9 27 9 19 25 4 ");
  const auto decide = [&](const Curve& curve, int count) {
    return pruner.decide(study.history, kKey, record(24, curve, count, TrialState::running)).reason;
  };
  CHECK(decide(falling(0.5), 9) ==
        "its value will be 0.3775 (0.2566 to 0.4985 with 90%), which is less than 0.03879 with a "
        "probability of 0.00024");
  CHECK(decide(falling(0.06), 4) ==
        "kept: its value will be 0.1683 (-0.04983 to 0.3864 with 90%), which is less than 0.03879 "
        "with a probability of 0.15");
  CHECK(decide(Curve(kSteps, 0.9), kSteps) == "kept: step 26 is the last one of a whole trial");
  CHECK(decide(Curve(kSteps, 0.001), 2) == "kept: 0.001 at step 0 is better than 0.03879 already");
}

TEST_CASE("extrapolation: says in words why it keeps a trial when it knows too little") {
  const ExtrapolationPruner pruner;
  const auto reason = [&](const TestHistory& history, const TrialRecord& trial) {
    const Decision decision = pruner.decide(history, kKey, trial);
    CHECK_FALSE(decision.prune());
    return decision.reason;
  };
  const TrialRecord running = record(9, falling(0.9), 3, TrialState::running);
  TestHistory history;
  CHECK(reason(history, running) == "kept: 0 of 4 start-up trials finished");
  for (int i = 0; i < 4; ++i)
    history.add(record(i, Curve(kSteps, 0.5), kSteps, TrialState::complete));
  CHECK(reason(history, running) == "kept: the reports of the finished trials do not differ");
  CHECK(reason(small_study().history, record(9, {}, 0, TrialState::running)) ==
        "kept: no value reported yet");
  TrialRecord nan = record(9, {}, 0, TrialState::running);
  nan.intermediate = {{0, kNan}};
  CHECK(reason({}, nan) == "kept: 0 of 4 start-up trials finished");
  CHECK_THROWS_AS(ExtrapolationPruner({.threshold = -0.1}), Error);
  CHECK_THROWS_AS(ExtrapolationPruner({.place = 0}), Error);
  CHECK(make_pruner("extrapolation")->options_json() ==
        R"({"threshold":0.05,"place":1,"max_resource":0,"startup_trials":4,"warmup_steps":0,)"
        R"("interval_steps":1})");
}

TEST_CASE("extrapolation: a trial that reports NaN alone is pruned once trials are complete") {
  TrialRecord nan = record(9, {}, 0, TrialState::running);
  nan.intermediate = {{0, kNan}, {1, kNan}};
  const Study study = small_study();
  const Decision decision = ExtrapolationPruner().decide(study.history, kKey, nan);
  CHECK(decision.prune());
  CHECK(decision.reason == "it has reported nothing but NaN");
  CHECK_FALSE(ExtrapolationPruner({.threshold = 0}).decide(study.history, kKey, nan).prune());
  CHECK_FALSE(ExtrapolationPruner({.warmup_steps = 2}).decide(study.history, kKey, nan).prune());
  nan.intermediate[2] = 0.5;  // a number among them
  CHECK_FALSE(ExtrapolationPruner({.threshold = 1e-9}).decide(study.history, kKey, nan).prune());
}

TEST_CASE("extrapolation: a probability lies in 0 to 1, and the threshold 0 prunes nothing") {
  for (const int freedom : {1, 2, 3, 4, 7, 8, 31, 100, 499})
    for (const double bar : {-1e300, -1e9, -1e3, -20.0, 0.0, 20.0, 1e3, 1e9, 1e300, kInf, -kInf}) {
      const double below = CurveForecast{0, 1, freedom}.below(bar);
      CHECK(below >= 0);
      CHECK(below <= 1);
    }
  for (const double sign : {1.0, -1.0}) {
    const Study study = small_study(sign);
    const ExtrapolationPruner never({.threshold = 0}), strict({.threshold = 1});
    for (const double level : {0.5, 5.0, 1e6, 1e300})
      for (const int reports : {1, 5, 20, 26}) {
        const TrialRecord trial =
            record(10, Curve(kSteps, level), reports, TrialState::running, sign);
        CHECK_FALSE(never.decide(study.history, kKey, trial).prune());
        CHECK(strict.decide(study.history, kKey, trial).prune());
      }
  }
}

TEST_CASE("extrapolation: reports at the ends of all numbers spoil nothing, or it says so") {
  // Two outliers whose distance overflows, beside curves of an ordinary spread.
  Study study = small_study();
  for (const double outlier : {1.7e308, -1.7e308}) {
    TrialRecord trial = *study.history.trials[0];
    trial.intermediate[3] = outlier;
    study.history.add(trial);
  }
  std::string why;
  const TrialRecord running = record(10, falling(0.6), 5, TrialState::running);
  const auto found =
      ExtrapolationPruner({.max_resource = kSteps}).forecast(study.history, running, why);
  REQUIRE(found);
  CHECK(std::isfinite(found->value.mean));
  // A spread that is no number.
  TestHistory wide;
  for (int i = 0; i < 6; ++i)
    wide.add(
        record(i, Curve(kSteps, i % 2 == 0 ? 1.7e308 : -1.7e308), kSteps, TrialState::complete));
  const Decision decision = ExtrapolationPruner().decide(wide, kKey, running);
  CHECK_FALSE(decision.prune());
  CHECK(decision.reason ==
        "kept: the reports of the finished trials lie too far apart: -1.7e+308 to 1.7e+308");
}

TEST_CASE("extrapolation: a maximised study is the mirror of a minimised one") {
  const ExtrapolationPruner pruner;
  PhiloxStream random(8);
  for (int i = 0; i < 20; ++i) {
    const Curve curve = draw(families()[0], random);
    std::string why;
    const int reports = 1 + i;
    const auto less = pruner.forecast(small_study().history,
                                      record(10, curve, reports, TrialState::running), why);
    const auto more = pruner.forecast(small_study(-1).history,
                                      record(10, curve, reports, TrialState::running, -1), why);
    REQUIRE(less);
    REQUIRE(more);
    CHECK(more->value.mean == doctest::Approx(-less->value.mean));
    CHECK(more->chance == doctest::Approx(less->chance));
  }
}

TEST_CASE("extrapolation: the same view gives the same answer in any object, order and thread") {
  const ExtrapolationPruner one, other;
  const HistoryView view = small_study().history;
  PhiloxStream random(9);
  std::vector<TrialRecord> trials;
  for (int i = 0; i < 16; ++i)
    trials.push_back(record(10, draw(families()[1], random), 1 + i, TrialState::running));
  std::vector<std::string> reasons(trials.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < trials.size(); ++i)
    threads.emplace_back([&, i] { reasons[i] = one.decide(view, kKey, trials[i]).reason; });
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = trials.size(); i-- > 0;) {
    CHECK(other.decide(view, kKey, trials[i]).reason == reasons[i]);
    CHECK(one.decide(small_study().history, kKey, trials[i]).reason == reasons[i]);
  }
}

TEST_CASE("extrapolation: NaN, infinite and huge values and odd steps do no harm") {
  Study study = small_study();
  for (int i = 10; i < 16; ++i) {
    TrialRecord trial = record(i, falling(0.2), kSteps, TrialState::complete);
    trial.intermediate[i - 5] = i % 2 == 0 ? kNan : kInf;
    trial.intermediate[0] = 1e300;
    trial.intermediate[-3] = -kInf;
    trial.intermediate[std::numeric_limits<int>::max()] = 5;
    if (i == 15) trial.values = {kInf};
    study.history.add(trial);
  }
  const ExtrapolationPruner pruner({.max_resource = kSteps});
  for (const int reports : {1, 5, 20}) {
    TrialRecord trial = record(16, falling(0.6), reports, TrialState::running);
    trial.intermediate[0] = kInf;
    std::string why;
    const auto found = pruner.forecast(study.history, trial, why);
    REQUIRE(found);
    CHECK(std::isfinite(found->value.mean));
    CHECK(found->value.scale > 0);
    CHECK(found->chance >= 0);
    CHECK(found->chance <= 1);
  }
  const ExtrapolationPruner automatic;  // a whole trial has 2^31 reports there
  CHECK_FALSE(
      automatic.decide(study.history, kKey, record(16, falling(0.01), 20, TrialState::running))
          .prune());
}

TEST_CASE("extrapolation: curves of stopped trials change the forecast, failed ones do not") {
  const ExtrapolationPruner pruner({.max_resource = kSteps});
  const TrialRecord running = record(20, falling(0.3), 2, TrialState::running);
  const auto mean = [&](const TestHistory& history) {
    std::string why;
    return pruner.forecast(history, running, why)->value.mean;
  };
  Study study = small_study();
  const double before = mean(study.history);
  TrialRecord failed = record(10, Curve(kSteps, 1.5), 5, TrialState::fail);
  study.history.add(failed);
  CHECK(mean(study.history) == before);
  study.history.add(record(11, Curve(kSteps, 0.9), 12, TrialState::pruned));
  CHECK(mean(study.history) != before);
}
