// hone_bench curves: what pruners make of the same number of epochs, on learning curves that cross.
//
// A curve falls from 1 to its end like exp(-rate * epoch); the rate grows with a parameter whose
// best place for the end is elsewhere, so that what leads early is not what wins (as a large
// learning rate does). Noise of each report, too.
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>

#include "apps/bench/commands.h"
#include "apps/bench/regret/study_run.h"
#include "apps/common/number_option.h"
#include "base/philox.h"
#include "tune/pruners/make_pruner.h"
#include "tune/samplers/make_sampler.h"
#include "tune/study.h"

namespace hone::bench {
namespace {

constexpr int kWhole = 27;  // epochs of a whole trial

struct CurvesOptions {
  int seeds = 20, lag = 4;
  std::string sampler = "tpe";
};

// Steps of the stopping rules count from 1: their first rung is at step 1, after one epoch, as the
// promotion's.
struct Rule {
  const char* name;
  const char* options;
  int first_step;
};
constexpr Rule kRules[] = {
    {"none", "{}", 1},
    {"median", "{}", 1},
    {"successive-halving", R"({"min_resource":1,"reduction_factor":3})", 1},
    {"hyperband", R"({"min_resource":1,"max_resource":27,"reduction_factor":3})", 1},
    {"promotion", R"({"max_resource":27})", 0},
    {"extrapolation", R"({"max_resource":27})", 0}};

struct Curve {
  double end = 0, rate = 0;
  double at(int epoch) const { return end + (1 - end) * std::exp(-rate * epoch); }
};

// `crossing`: how far the best rate for the start is from the best one for the end, 0 to 1.
Curve suggest_curve(tune::Trial& trial, double crossing) {
  const double lr = trial.suggest_float("lr", 0, 1), width = trial.suggest_float("width", 0, 1),
               decay = trial.suggest_float("decay", 0, 1);
  const double best_lr = 0.8 - 0.55 * crossing;
  const double end = 0.05 + 0.5 * std::pow(lr - best_lr, 2) + 0.15 * std::pow(width - 0.7, 2) +
                     0.1 * std::pow(decay - 0.4, 2);
  return {end, 0.06 + 0.6 * lr * lr};
}

// A normal number that depends on the trial's chain and the epoch alone.
double noise_at(const tune::Trial& trial, int epoch) {
  return PhiloxStream(mix(trial.seed(), static_cast<std::uint64_t>(epoch))).normal();
}

// What the trial that is named best will be when it has been trained to its end, less the least
// end.
double regret(const Rule& rule, const CurvesOptions& options, std::uint64_t seed, int budget,
              double crossing) {
  tune::Study study = tune::Study::open({.sampler = tune::make_sampler(options.sampler),
                                         .pruner = tune::make_pruner(rule.name, rule.options),
                                         .seed = seed,
                                         .lag = options.lag,
                                         .log = {}});
  std::map<int, int> trained;  // epochs, by trial
  std::map<int, double> ends;
  int spent = 0;
  const auto objective = [&](tune::Trial& trial) {
    const Curve curve = suggest_curve(trial, crossing);
    ends[trial.number()] = curve.at(kWhole);
    const auto paused = trial.continues();
    const int known = paused ? trained[*paused] : 0;
    for (int epoch = 1; epoch <= kWhole; ++epoch) {
      if (epoch > known && ++spent > budget) return tune::Outcome::interrupted();
      trained[trial.number()] = epoch;
      const double value = curve.at(epoch) + 0.01 * noise_at(trial, epoch);
      const tune::Decision decision = trial.report(epoch - 1 + rule.first_step, value);
      if (decision.prune()) return tune::Outcome::pruned(decision.reason);
    }
    return tune::Outcome::complete(trial.record().intermediate.rbegin()->second);
  };
  study.optimize(tune::Objective(objective), {.trials = 0});
  // The best complete trial; before there is one the best of those that got farthest.
  std::pair<int, double> best{0, std::numeric_limits<double>::infinity()};
  double end = 1;
  for (const tune::TrialRecord& trial : study.trials()) {
    if (!is_finished(trial.state) || !trial.value()) continue;
    const std::pair<int, double> now{-trained[trial.number], *trial.value()};
    if (now < best) {
      best = now;
      end = ends[trial.number];
    }
  }
  return end - 0.05;
}

void run(const CurvesOptions& options) {
  fmt::print(
      "{} sampler, lag {}, {} seeds: median regret of the trial that is named (seeds on which "
      "promotion is better / worse)\n",
      options.sampler, options.lag, options.seeds);
  for (const double crossing : {0.0, 0.5, 1.0})
    for (const int budget : {135, 270, 540, 1080}) {
      std::map<std::string, std::vector<double>> all;
      for (const Rule& rule : kRules)
        for (int seed = 0; seed < options.seeds; ++seed)
          all[rule.name].push_back(
              regret(rule, options, static_cast<std::uint64_t>(seed), budget, crossing));
      fmt::print("crossing {:.1f}, {:>4} epochs:", crossing, budget);
      const std::vector<double>& ours = all["promotion"];
      for (const Rule& rule : kRules) {
        const std::vector<double>& theirs = all[rule.name];
        int better = 0, worse = 0;
        for (std::size_t i = 0; i < ours.size(); ++i) {
          better += ours[i] < theirs[i];
          worse += ours[i] > theirs[i];
        }
        fmt::print("  {} {:.4f}", rule.name, median(theirs));
        if (&ours != &theirs) fmt::print(" ({}/{})", better, worse);
      }
      fmt::print("\n");
      std::fflush(stdout);
    }
}

}  // namespace

void add_curves_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "curves", "Compares pruners at equal total epochs, on learning curves that cross");
  const auto options = std::make_shared<CurvesOptions>();
  command->add_option("--seeds", options->seeds, "Studies of each pruner and budget")
      ->transform(app::whole_number(1, 100000))
      ->capture_default_str();
  command->add_option("--sampler", options->sampler, "The sampler")->capture_default_str();
  command->add_option("--lag", options->lag, "Trial n sees the trials up to n - lag")
      ->transform(app::whole_number(1, 1000))
      ->capture_default_str();
  command->callback([options] { run(*options); });
}

}  // namespace hone::bench
