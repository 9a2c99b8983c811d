// The problems, and a study on one.
#include "apps/bench/regret/fronts.h"

#include <cmath>
#include <numbers>

#include "apps/bench/clock.h"
#include "apps/bench/regret/trial_draws.h"
#include "tune/hypervolume.h"

namespace hone::bench {
namespace {

using Point = std::vector<double>;
constexpr double kPi = std::numbers::pi;

double square(double x) { return x * x; }

Point box(Draws& t, int d) {
  Point x;
  for (int i = 0; i < d; ++i) x.push_back(t.real("x" + std::to_string(i), 0, 1));
  return x;
}

double zdt_distance(const Point& x) {
  double sum = 0;
  for (std::size_t i = 1; i < x.size(); ++i) sum += x[i];
  return 1 + 9 * sum / static_cast<double>(x.size() - 1);
}

Point zdt1(Draws& t) {
  const Point x = box(t, 8);
  const double g = zdt_distance(x);
  return {x[0], g * (1 - std::sqrt(x[0] / g))};
}

Point zdt2(Draws& t) {
  const Point x = box(t, 8);
  const double g = zdt_distance(x);
  return {x[0], g * (1 - square(x[0] / g))};
}

Point dtlz2(Draws& t) {
  const Point x = box(t, 7);
  double radius = 1;
  for (std::size_t i = 2; i < x.size(); ++i) radius += square(x[i] - 0.5);
  const double a = x[0] * kPi / 2, b = x[1] * kPi / 2;
  return {radius * std::cos(a) * std::cos(b), radius * std::cos(a) * std::sin(b),
          radius * std::sin(a)};
}

// Cost against error; branch 0 is never on the front.
Point branches(Draws& t) {
  const double cost = t.real("cost", 0, 1);
  double error = 0;
  switch (t.choice("kind", 3)) {
    case 0:
      error = 0.3 + square(t.real("u", 0, 1) - 0.3);
      break;
    case 1:
      error = 0.1 * square(std::log10(t.log("lr", 1e-5, 1)) + 3);
      error += square(t.real("momentum", 0, 1) - 0.9);
      break;
    default:
      error = 0.05 * square(t.integer("layers", 1, 8) - 5);
      error += 0.1 * std::abs(t.choice("width", 4) - 2);
  }
  return {cost, 1 - std::sqrt(cost) + error};
}

}  // namespace

const std::vector<FrontProblem>& front_problems() {
  // Behind the reference lies a box; the front leaves out what is better than it.
  static const std::vector<FrontProblem> kProblems = {
      {"zdt1", {1.1, 6}, 6.6 - 1.0 / 3, zdt1},
      {"zdt2", {1.1, 6}, 6.6 - 2.0 / 3, zdt2},
      {"dtlz2", {2, 2, 2}, 8 - kPi / 6, dtlz2},
      {"branches", {1.1, 2}, 2.2 - 1.0 / 3, branches},
  };
  return kProblems;
}

FrontRun run_front(const FrontProblem& problem, std::shared_ptr<const tune::Sampler> sampler,
                   std::uint64_t seed, const std::vector<int>& marks, int lag) {
  FrontRun run;
  tune::StudyOptions options;
  options.directions.assign(problem.reference.size(), tune::Direction::minimize);
  options.sampler = std::move(sampler);
  options.seed = seed;
  options.lag = lag;
  options.log = {};
  tune::Study study = tune::Study::open(std::move(options));
  std::vector<tune::Losses> points;
  const tune::Objective objective = [&](tune::Trial& trial) {
    TrialDraws draws(trial);
    points.push_back(problem.evaluate(draws));
    return tune::Outcome::complete(points.back());
  };
  for (const int mark : marks) {
    const double start = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    study.optimize(objective, {.trials = mark});
    run.cpu_ms += 1e3 * (seconds_of(CLOCK_THREAD_CPUTIME_ID) - start);
    run.missing.push_back(1 - tune::hypervolume(points, problem.reference) / problem.whole);
  }
  return run;
}

}  // namespace hone::bench
