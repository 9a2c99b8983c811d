// hone_bench cost: what it takes to reach a target where one trial costs a hundred times another,
// with and without the samplers' option per_cost.
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "apps/bench/commands.h"
#include "apps/bench/regret/study_run.h"
#include "apps/common/number_option.h"
#include "tune/samplers/make_sampler.h"
#include "tune/study.h"

namespace hone::bench {
namespace {

struct CostOptions {
  int seeds = 20, trials = 150, lag = 1;
  std::string sampler = "auto";
};

struct Point {
  double value = 0;  // 0 is the minimum
  double cost = 1;   // 1 to 100
};

// The size of a network, say, and what it is trained with; its cost grows as e^(4.6 size).
Point bowl(tune::Trial& trial, double best_size) {
  const double size = trial.suggest_float("size", 0, 1), rate = trial.suggest_float("rate", 0, 1),
               decay = trial.suggest_float("decay", 0, 1), mix = trial.suggest_float("mix", 0, 1);
  const double value = std::pow(size - best_size, 2) + std::pow(rate - 0.37, 2) +
                       0.5 * std::pow(decay - 0.62, 2) + 0.5 * std::pow(mix - 0.21, 2);
  return {value, std::pow(100, size)};
}

Point cheap(tune::Trial& trial) { return bowl(trial, 0.25); }
Point dear(tune::Trial& trial) { return bowl(trial, 0.85); }

// More size always helps, by less and less: 0.02 is reached at 0.65.
Point saturating(tune::Trial& trial) {
  const double size = trial.suggest_float("size", 0, 1), rate = trial.suggest_float("rate", 0, 1),
               decay = trial.suggest_float("decay", 0, 1);
  const double value =
      0.5 * std::exp(-5 * size) + std::pow(rate - 0.37, 2) + 0.5 * std::pow(decay - 0.62, 2);
  return {value, std::pow(100, size)};
}

// Two kinds of equal worth, one of which costs 10 to 100, the other 1 to 10.
Point branches(tune::Trial& trial) {
  const bool heavy = trial.suggest_categorical("kind", {"heavy", "light"}) == "heavy";
  const double size = trial.suggest_float(heavy ? "heavy_size" : "light_size", 0, 1);
  const double rate = trial.suggest_float("rate", 0, 1);
  return {std::pow(size - 0.4, 2) + std::pow(rate - 0.37, 2),
          (heavy ? 10 : 1) * std::pow(10, size)};
}

struct Job {
  const char* name;
  Point (*point)(tune::Trial&);
  double target;
};
constexpr Job kJobs[] = {{"cheap", cheap, 0.0005},
                         {"dear", dear, 0.0005},
                         {"saturating", saturating, 0.01},
                         {"branches", branches, 0.0001}};

// What all trials cost until one was as good as the target; of a study that never got there, what
// all its trials cost.
struct Reached {
  double cost = 0;
  bool yes = false;
};

Reached reach(const Job& job, const CostOptions& options, bool per_cost, std::uint64_t seed) {
  tune::Study study = tune::Study::open(
      {.sampler = tune::make_sampler(options.sampler,
                                     per_cost ? R"({"per_cost":true})" : R"({"per_cost":false})"),
       .seed = seed,
       .lag = options.lag,
       .log = {}});
  Reached reached;
  study.optimize(tune::Objective([&](tune::Trial& trial) {
                   const Point point = job.point(trial);
                   trial.set_cost(point.cost);
                   reached.cost += point.cost;
                   reached.yes = point.value <= job.target;
                   if (reached.yes) study.stop();
                   return tune::Outcome::complete(point.value);
                 }),
                 {.trials = options.trials});
  return reached;
}

void run(const CostOptions& options) {
  fmt::print("{}, lag {}, {} seeds: median cost to reach the target (studies that did)\n",
             options.sampler, options.lag, options.seeds);
  for (const Job& job : kJobs) {
    std::vector<double> plain, per_cost;
    int plain_yes = 0, per_cost_yes = 0;
    for (int seed = 0; seed < options.seeds; ++seed) {
      const Reached a = reach(job, options, false, static_cast<std::uint64_t>(seed));
      const Reached b = reach(job, options, true, static_cast<std::uint64_t>(seed));
      plain.push_back(a.cost);
      per_cost.push_back(b.cost);
      plain_yes += a.yes;
      per_cost_yes += b.yes;
    }
    const WinShare won = win_share(per_cost, plain);
    fmt::print(
        "{:<11} plain {:>6.0f} ({})  per_cost {:>6.0f} ({})  cheaper on {:.0f}% (> {:.0f}%)\n",
        job.name, median(plain), plain_yes, median(per_cost), per_cost_yes, 100 * won.share,
        100 * won.lower);
    std::fflush(stdout);
  }
}

}  // namespace

void add_cost_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "cost", "Compares samplers with and without per_cost where trials differ in cost");
  const auto options = std::make_shared<CostOptions>();
  command->add_option("--seeds", options->seeds, "Pairs of studies of each function")
      ->transform(app::whole_number(1, 100000))
      ->capture_default_str();
  command->add_option("--trials", options->trials, "The most trials of a study")
      ->transform(app::whole_number(1, 100000))
      ->capture_default_str();
  command->add_option("--sampler", options->sampler, "auto or gp")->capture_default_str();
  command->add_option("--lag", options->lag, "Trial n sees the trials up to n - lag")
      ->transform(app::whole_number(1, 1000))
      ->capture_default_str();
  command->callback([options] { run(*options); });
}

}  // namespace hone::bench
