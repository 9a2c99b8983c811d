// The samplers that model or enumerate: Gaussian process, auto, exhaustive, quasi-random, fixed.
#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "base/error.h"
#include "base/philox.h"
#include "tests/tune/sampler_study.h"
#include "tests/tune/test_functions.h"
#include "tune/constraints.h"
#include "tune/samplers/auto_sampler.h"
#include "tune/samplers/cma_es_sampler.h"
#include "tune/samplers/exhaustive_sampler.h"
#include "tune/samplers/gaussian_process.h"
#include "tune/samplers/gp_sampler.h"
#include "tune/samplers/make_sampler.h"
#include "tune/samplers/partial_fixed_sampler.h"
#include "tune/samplers/qmc_sampler.h"
#include "tune/samplers/random_sampler.h"
#include "tune/samplers/vector_math.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;
using namespace hone::tune::testing;

namespace {

gp::Points some_points(std::size_t count, std::uint64_t seed) {
  PhiloxStream random(seed);
  gp::Points points;
  points.count = count;
  points.is_category = {0, 0, 1};
  points.columns.assign(3, std::vector<double>(count));
  for (std::size_t i = 0; i < count; ++i) {
    points.columns[0][i] = random.uniform();
    points.columns[1][i] = random.uniform();
    points.columns[2][i] = static_cast<double>(random.below(3)) - 1;
  }
  return points;
}

double target(const gp::Points& p, std::size_t i) {
  return std::sin(5 * p.columns[0][i]) + 0.5 * p.columns[2][i];
}

gp::Batch batch_of(const gp::Points& points, std::size_t first) {
  gp::Batch batch;
  batch.x.resize(points.dimensions() * gp::kLanes);
  for (std::size_t j = 0; j < points.dimensions(); ++j)
    for (std::size_t l = 0; l < gp::kLanes; ++l)
      batch.x[j * gp::kLanes + l] = points.columns[j][(first + l) % points.count];
  return batch;
}

// Matern 5/2 of all dimensions as the book has it, and Wendland's function of each.
double covariance(const gp::Points& a, std::size_t i, const gp::Points& b, std::size_t k,
                  const gp::Hyperparameters& h) {
  double r2 = 0, sum = 0;
  for (std::size_t j = 0; j < a.dimensions(); ++j) {
    const double d = a.columns[j][i] - b.columns[j][k];
    const double q = h.weights[j] * (a.is_category[j] != 0 ? (d != 0 ? 1 : 0) : d * d);
    r2 += q;
    const double r = std::sqrt(q / 14);
    sum += r < 1 ? std::pow(1 - r, 3) * (3 * r + 1) : 0;
  }
  const double s = std::sqrt(5 * r2);
  return h.scale * ((1 - a.alone) * (1 + s + s * s / 3) * std::exp(-s) +
                    a.alone * sum / static_cast<double>(a.dimensions()));
}

}  // namespace

TEST_CASE("vector math: exponential and logarithm are those of the C library within rounding") {
  PhiloxStream random(2);
  for (int i = 0; i < 10000; ++i) {
    const double x = -50 * random.uniform();
    CHECK(exp_of(x) == doctest::Approx(std::exp(x)).epsilon(1e-14));
    const double y = std::exp(600 * random.uniform() - 300);
    CHECK(std::abs(log_of(y) - std::log(y)) < 1e-14 * (1 + std::abs(std::log(y))));
  }
}

TEST_CASE("gp: the posterior is the textbook's, worked out by elimination") {
  const std::size_t n = 45, pending = 4;
  gp::Points points = some_points(n + pending, 1);
  points.alone = 0.3;
  std::vector<double> y;
  for (std::size_t i = 0; i < n; ++i) y.push_back(target(points, i));
  const gp::Hyperparameters h{{2.0, 0.3, 0.7}, 1.4, 1e-3};
  const gp::Posterior posterior(points, y, h);
  const gp::Points probes = some_points(gp::kLanes, 9);
  gp::Batch batch = batch_of(probes, 0);
  posterior.predict(batch);
  // [K | k_1 ... | y] by Gauss-Jordan, with all points for variances, with the seen ones for means.
  for (const std::size_t count : {n, n + pending}) {
    const std::size_t width = count + gp::kLanes + 1;
    std::vector<std::vector<double>> m(count, std::vector<double>(width, 0));
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t k = 0; k < count; ++k)
        m[i][k] = covariance(points, i, points, k, h) + (i == k ? h.noise : 0);
      for (std::size_t l = 0; l < gp::kLanes; ++l)
        m[i][count + l] = covariance(points, i, probes, l, h);
      m[i][width - 1] = i < n ? y[i] : 0;
    }
    for (std::size_t p = 0; p < count; ++p)
      for (std::size_t i = 0; i < count; ++i) {
        if (i == p) continue;
        const double f = m[i][p] / m[p][p];
        for (std::size_t k = p; k < width; ++k) m[i][k] -= f * m[p][k];
      }
    for (std::size_t l = 0; l < gp::kLanes; ++l) {
      double mean = 0, variance = h.scale;
      for (std::size_t i = 0; i < count; ++i) {
        const double k = covariance(points, i, probes, l, h);
        mean += k * m[i][width - 1] / m[i][i];
        variance -= k * m[i][count + l] / m[i][i];
      }
      if (count == n) CHECK(batch.mean[l] == doctest::Approx(mean).epsilon(1e-8));
      if (count != n) CHECK(batch.variance[l] == doctest::Approx(variance).epsilon(1e-6));
    }
  }
}

TEST_CASE("gp: hyperparameters find the dimension that matters, and how much is noise") {
  gp::Points points = some_points(60, 3);
  std::vector<double> smooth, noisy;
  PhiloxStream random(8);
  for (std::size_t i = 0; i < points.count; ++i) {
    smooth.push_back(std::sin(5 * points.columns[0][i]) * 1.4);
    noisy.push_back(smooth.back() + 0.5 * random.normal());
  }
  const gp::Hyperparameters a = gp::fit(points, smooth, 20), b = gp::fit(points, noisy, 20);
  CHECK(a.weights[0] > 5 * a.weights[1]);
  CHECK(a.weights[0] > 5 * a.weights[2]);
  CHECK(a.noise < 0.01);
  CHECK(b.noise > 0.05);
}

TEST_CASE("gp: the logarithm of the expected improvement is right far into the tail") {
  // E[max(best - f, 0)], f ~ N(mean, 1), by numbers of mpmath.
  CHECK(gp::log_expected_improvement(0, 1, 0) == doctest::Approx(-0.91893853320467));
  CHECK(gp::log_expected_improvement(2, 1, 0) == doctest::Approx(std::log(0.00849070261682)));
  CHECK(gp::log_expected_improvement(5.9999, 1, 0) ==
        doctest::Approx(gp::log_expected_improvement(6.0001, 1, 0)).epsilon(1e-3));
  CHECK(std::isfinite(gp::log_expected_improvement(1e4, 1, 0)));
  CHECK(gp::log_expected_improvement(30, 1, 0) < gp::log_expected_improvement(29, 1, 0));
}

TEST_CASE("gp: finds what random search does not") {
  const GpSampler model;
  const RandomSampler random;
  double ours = 0, chance = 0;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    ours += minimize(model, seed, 40, branin);
    chance += minimize(random, seed, 40, branin);
  }
  CHECK(ours < 0.2 * chance);
}

TEST_CASE("auto: says what it does, and turns to the tree when trials are many") {
  const AutoSampler sampler;
  const RandomSampler random;
  TestHistory history;
  CHECK(sampler.plan(history, {1, 0})->why.find("even draws") != std::string::npos);
  const auto grow = [&](int count) {
    while (static_cast<int>(history.trials.size()) < count)
      history.add(
          *run_trial(random, history, {1, static_cast<int>(history.trials.size())}, cond_cnn));
  };
  grow(30);
  CHECK(sampler.plan(history, {1, 30})->why.find("expected improvement") != std::string::npos);
  CHECK(sampler.plan(history, {1, 32})->why.find("explores") != std::string::npos);
  grow(251);
  const PlanPtr plan = sampler.plan(history, {1, 251});
  CHECK(plan->why.find("TPE on the tree") != std::string::npos);
  CHECK(plan->values.size() >= 4);
}

TEST_CASE("cma-es: converges on a rotated, ill-conditioned bowl, and keeps integers moving") {
  const CmaEsSampler sampler;
  const auto bowl = [](Suggest& suggest) {
    const double x = suggest.real("x", -5, 5) - 1.3, y = suggest.real("y", -5, 5) + 2.1;
    const double z = suggest("n", IntDistribution{0, 40}) - 31;
    const double along = 0.8 * x + 0.6 * y, across = 0.6 * x - 0.8 * y;
    return along * along + 400 * across * across + 0.05 * z * z;
  };
  for (std::uint64_t seed = 0; seed < 3; ++seed) CHECK(minimize(sampler, seed, 500, bowl) < 1e-4);
  // A category is drawn by itself, a number that not every trial has, too.
  const auto mixed = [](Suggest& suggest) {
    const double kind = suggest("kind", CategoricalDistribution{{"a", "b"}});
    const double x = suggest.real("x", -5, 5) - 1.3;
    return kind == 0 ? x * x + 1 : x * x + std::abs(suggest.real("only_b", 0, 1) - 0.2);
  };
  CHECK(minimize(sampler, 1, 200, mixed) < 0.05);
}

TEST_CASE("brute force: every combination of a space with branches once, then again") {
  const auto objective = [](Suggest& suggest) {
    double sum = suggest("kind", CategoricalDistribution{{"a", "b"}});
    if (sum == 0) return sum + suggest("n", IntDistribution{1, 5, false, 2});
    sum += suggest("m", IntDistribution{0, 1});
    return sum + suggest("s", FloatDistribution{0, 1, false, 0.5});
  };
  const BruteForceSampler sampler;
  TestHistory history;
  std::set<std::vector<double>> seen;
  for (int n = 0; n < 12; ++n) {
    history.add(*run_trial(sampler, history, {3, n}, objective));
    std::vector<double> values;
    for (const Parameter& p : history.trials.back()->params) values.push_back(p.internal);
    const bool is_new = seen.insert(values).second;
    CHECK(is_new == (n < 9));  // 3 with a, 2 * 3 with b
  }
  CHECK_THROWS_WITH_AS(first_value(sampler, {}, {1, 0}, "x", FloatDistribution{0, 1}),
                       doctest::Contains("continuous"), Error);
}

TEST_CASE("brute force and grid: no point twice while results lag behind") {
  for (const char* name : {"brute_force", "grid"})
    for (const int lag : {1, 2, 4})
      for (const std::uint64_t seed : {1, 2, 3}) {
        CAPTURE(name);
        CAPTURE(lag);
        CAPTURE(seed);
        Study study =
            Study::open({.sampler = make_sampler(name), .seed = seed, .lag = lag, .log = {}});
        std::set<std::tuple<std::int64_t, double, std::string>> seen;
        const auto objective = [&](Trial& trial) {
          const std::int64_t a = trial.suggest_int("a", 0, 1);
          const double b = trial.suggest_float("b", 0, 1, {.step = 0.5});
          seen.emplace(a, b, trial.suggest_categorical("c", {"x", "y"}));
          return Outcome::complete(b);
        };
        study.optimize(tune::Objective(objective), {.trials = 12, .jobs = 1});
        CHECK(seen.size() == 12);
      }
}

TEST_CASE("grid: a few values of each range, the ends among them") {
  const GridSampler sampler({.points = 3});
  TestHistory history;
  std::set<std::pair<double, double>> seen;
  for (int n = 0; n < 9; ++n) {
    history.add(*run_trial(sampler, history, {3, n}, [](Suggest& suggest) {
      return suggest.real("x", -1, 1) + suggest.log_real("rate", 1e-4, 1);
    }));
    const auto& params = history.trials.back()->params;
    seen.emplace(params[0].internal, params[1].internal);
  }
  CHECK(seen.size() == 9);
  CHECK(seen.contains({-1, 1e-4}));
  CHECK(seen.contains({1, 1}));
  CHECK(seen.lower_bound({0, 0.009})->second == doctest::Approx(0.01));
}

TEST_CASE("qmc: Sobol's points are those of the book and stratify every dimension") {
  // Dimension 0 is van der Corput's; the first points in dimensions 1 and 2 by hand.
  const double second[] = {0, 0.5, 0.75, 0.25, 0.625, 0.125, 0.375, 0.875};
  const double third[] = {0, 0.5, 0.25, 0.75, 0.375, 0.875, 0.125, 0.625};
  // In the order of the index; Gray code visits the same points of each block in another one.
  std::set<std::pair<double, double>> book, ours;
  for (std::uint32_t i = 0; i < 8; ++i) {
    book.emplace(second[i], third[i]);
    ours.emplace(sobol_point(i, 1, false, 0), sobol_point(i, 2, false, 0));
  }
  CHECK(book.size() == 8);
  for (std::size_t d = 0; d < kSobolDimensions; ++d)
    for (const bool scramble : {false, true}) {
      std::set<int> cells;
      for (std::uint32_t i = 0; i < 64; ++i)
        cells.insert(static_cast<int>(64 * sobol_point(i, d, scramble, 5)));
      CHECK(cells.size() == 64);
    }
  // Two dimensions: 16 points, one in each box of 4 by 4.
  std::set<std::pair<int, int>> boxes;
  for (std::uint32_t i = 0; i < 16; ++i)
    boxes.emplace(static_cast<int>(4 * sobol_point(i, 0, true, 7)),
                  static_cast<int>(4 * sobol_point(i, 1, true, 7)));
  CHECK(boxes.size() == 16);
  CHECK(sobol_point(3, 2, true, 1) != sobol_point(3, 2, true, 2));
}

TEST_CASE("qmc: Halton's points are those of the book, and scrambled they keep their strata") {
  CHECK(halton_point(1, 0, false, 0) == 0.5);
  CHECK(halton_point(6, 0, false, 0) == doctest::Approx(0.375));
  CHECK(halton_point(5, 1, false, 0) == doctest::Approx(2.0 / 3 + 1.0 / 9));
  for (const std::size_t d : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{30}}) {
    const std::uint64_t bases[] = {2, 3, 5};
    const std::uint64_t base = d < 3 ? bases[d] : 127;
    std::set<int> cells;
    for (std::uint64_t i = 0; i < base * base; ++i)
      cells.insert(
          static_cast<int>(static_cast<double>(base * base) * halton_point(i, d, true, 3)));
    CHECK(cells.size() == base * base);
  }
}

TEST_CASE("partial fixed: given values stay, the rest is the base sampler's") {
  StudyOptions options;
  options.log = {};
  options.sampler = std::make_shared<PartialFixedSampler>(
      std::map<std::string, Value>{{"x", 0.25}, {"kind", std::string("b")}},
      std::make_shared<GpSampler>());
  Study study = Study::open(options);
  std::set<double> others;
  study.optimize(tune::Objective([&](Trial& trial) {
                   CHECK(trial.suggest_float("x", 0, 1) == 0.25);
                   CHECK(trial.suggest_categorical("kind", {"a", "b"}) == "b");
                   others.insert(trial.suggest_float("y", 0, 1));
                   return Outcome::complete(std::abs(*others.rbegin() - 0.5));
                 }),
                 {.trials = 20});
  CHECK(others.size() == 20);
  CHECK(options.sampler->options_json() ==
        R"({"fixed":{"kind":"b","x":0.25},"base":"gp","options":)" + GpSampler().options_json() +
            "}");
  Study narrow = Study::open(options);
  Trial trial = narrow.ask();
  CHECK_THROWS_WITH_AS(trial.suggest_float("x", 0.5, 1), doctest::Contains("outside"), Error);
}

TEST_CASE("constraints: a trial that breaks one is never the best, and samplers keep away") {
  for (const std::string name : {"auto", "tpe"}) {
    CAPTURE(name);
    StudyOptions options;
    options.log = {};
    options.sampler = make_sampler(name);
    Study study = Study::open(options);
    int broken = 0, late = 0;
    study.optimize(tune::Objective([&](Trial& trial) {
                     const double x = trial.suggest_float("x", -5, 5);
                     const double y = trial.suggest_float("y", -5, 5);
                     trial.set_constraint("right of 1", 1 - x);
                     trial.set_constraint("above -4", -4 - y);
                     broken += x < 1 ? 1 : 0;
                     late += x < 1 && trial.number() >= 40 ? 1 : 0;
                     return Outcome::complete(x * x + y * y);
                   }),
                   {.trials = 60});
    CHECK(broken > 5);
    CHECK(late < 14);
    const TrialRecord best = study.best();
    CHECK(best.find("x")->internal >= 1);
    CHECK(*best.value() < 2.5);
    CHECK(violation(best) == 0);
    CHECK(best.system_attrs.contains("constraints:right of 1"));
    CHECK(best.system_attrs.at("constraints").front() == '[');
  }
  TrialRecord record;
  CHECK(violation(record) == 0);
  record.system_attrs["constraints"] = "[-1.0, 2.5, 0.5]";
  CHECK(violation(record) == 3);
  record.system_attrs["constraints:a"] = "0.25";
  CHECK(violation(record) == 0.25);
  record.system_attrs["constraints:b"] = "NaN";
  CHECK(std::isinf(violation(record)));
}

TEST_CASE("samplers: in a small discrete space nothing is tried twice while something is new") {
  const auto objective = [](Suggest& suggest) {
    const double a = suggest("a", IntDistribution{0, 3}), b = suggest("b", IntDistribution{0, 3});
    return std::abs(a - 2) + std::abs(b - 1);
  };
  const GpSampler sampler({.startup_trials = 4, .flips = false, .densities = false});
  TestHistory history;
  std::set<std::pair<double, double>> seen;
  int repeated = 0;
  for (int n = 0; n < 14; ++n) {
    history.add(*run_trial(sampler, history, {5, n}, objective));
    const auto& p = history.trials.back()->params;
    const bool is_new = seen.emplace(p[0].internal, p[1].internal).second;
    repeated += n >= 4 && !is_new ? 1 : 0;
  }
  CHECK(repeated == 0);
}
