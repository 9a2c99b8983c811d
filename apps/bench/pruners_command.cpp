// hone_bench pruners: what pruners make of the same number of epochs of a real job, the search of
// fmnist_tune's preset `quick` on a few thousand images.
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "apps/bench/commands.h"
#include "apps/bench/regret/study_run.h"
#include "apps/common/number_option.h"
#include "apps/fmnist_tune/preset.h"
#include "base/error.h"
#include "nn/data/fashion_mnist.h"
#include "nn/data/split.h"
#include "nn/train/callbacks.h"
#include "nn/train/trainer.h"
#include "tune/pruners/make_pruner.h"
#include "tune/samplers/make_sampler.h"
#include "tune/study.h"

namespace hone::bench {
namespace {

struct PrunersOptions {
  int seeds = 10, first_seed = 1, images = 2000, epochs = 9, budget = 81, lag = 1, threads = 1;
  std::string sampler = "auto";
  std::string only;
};

// The rungs of all are after 1, 3, 9, ... epochs: the stopping rules count their steps from 1.
struct Rule {
  std::string name, options = "{}";
  int first_step = 1;
};

std::vector<Rule> rules(const PrunersOptions& options) {
  std::vector<Rule> all = {
      {"none"},
      {"successive-halving", R"({"min_resource":1,"reduction_factor":3})"},
      {"hyperband", fmt::format(R"({{"min_resource":1,"max_resource":{},"reduction_factor":3}})",
                                options.epochs)},
      {"promotion", fmt::format(R"({{"max_resource":{}}})", options.epochs), 0}};
  if (!options.only.empty())
    std::erase_if(all, [&](const Rule& rule) {
      return ("," + options.only + ",").find("," + rule.name + ",") == std::string::npos;
    });
  check(!all.empty(), "--only {}: there are no such pruners", printable(options.only));
  return all;
}

struct Data {
  nn::data::Dataset train, validation, test;
};

Data load(Device& device, int images) {
  constexpr std::int64_t kValidation = 1000;
  const auto sets = nn::data::load_fashion_mnist_files(nn::data::find_fashion_mnist());
  const nn::data::ImageSet rest = sets.train.take(kValidation, sets.train.count);
  const nn::data::Split part =
      nn::data::split_stratified(rest.labels, nn::data::kFashionMnistClasses, images, 1);
  return {nn::data::upload(device, rest.select(part.validation)),
          nn::data::upload(device, sets.train.take(0, kValidation)),
          nn::data::upload(device, sets.test)};
}

// One study and what it found.
class Search {
 public:
  Search(const PrunersOptions& options, Device& device, const Data& data)
      : options_(options), device_(device), data_(data) {
    app::Options quick;
    quick.epochs = options.epochs;
    quick.batch = 32;
    settings_ = app::resolve_settings(quick);
  }

  // The share of test images that the named configuration gets wrong, trained to its end with its
  // own seed.
  double test_error(const Rule& rule, std::uint64_t seed) {
    tune::Study study = tune::Study::open({.direction = tune::Direction::maximize,
                                           .sampler = tune::make_sampler(options_.sampler),
                                           .pruner = tune::make_pruner(rule.name, rule.options),
                                           .seed = seed,
                                           .lag = options_.lag,
                                           .log = {}});
    trained_.clear();
    spent_ = 0;
    study.optimize(tune::Objective([&](tune::Trial& trial) { return run(rule, trial); }),
                   {.trials = 0, .max_failures = 0});
    const tune::TrialRecord named = named_best(study);
    tune::Trial again = tune::Trial::fixed(named.param_values(), tune::seed_number(named), seed);
    nn::train::Training training = app::describe(settings_, again);
    nn::train::Trainer trainer(training, data_.train.shape(), backend());
    trainer.fit(data_.train);
    return 1 - trainer.evaluate(data_.test).accuracy;
  }

 private:
  std::unique_ptr<Backend> backend() { return device_.new_backend({.threads = options_.threads}); }

  // A trial that goes on with a paused one trains its epochs again, to the same bits; they are
  // counted once, as with its checkpoint.
  tune::Outcome run(const Rule& rule, tune::Trial& trial) {
    const nn::train::Training training = app::describe(settings_, trial);
    const auto paused = trial.continues();
    const int known = paused ? trained_[*paused] : 0;
    double last = 0, best = 0;
    bool over = false;
    std::string pruned;
    // Whether to go on.
    const auto look = [&](int epoch, double accuracy) {
      if (epoch > known && ++spent_ > options_.budget) {
        over = true;
        return false;
      }
      trained_[trial.number()] = epoch;
      last = accuracy;
      best = std::max(best, accuracy);
      const tune::Decision decision = trial.report(epoch - 1 + rule.first_step, accuracy);
      if (decision.prune()) pruned = decision.reason;
      return !decision.prune();
    };
    const auto each_epoch = [&](nn::train::EpochContext& context) {
      const double accuracy =
          nn::train::metric(context.record, "val_accuracy", "hone_bench pruners");
      if (!look(context.record.epoch, accuracy)) context.stop("enough", nn::train::Stop::pruned);
    };
    try {
      nn::train::Trainer trainer(
          training, data_.train.shape(), backend(),
          nn::train::TrainerOptions{
              .callbacks = {std::make_shared<nn::train::LambdaCallback>(each_epoch)}});
      trainer.fit(data_.train, {.validation = &data_.validation});
    } catch (const nn::train::NonFiniteLoss& error) {
      return tune::Outcome::failed(error.what());
    }
    if (over) return tune::Outcome::interrupted();
    if (!pruned.empty()) return tune::Outcome::pruned(pruned);
    return tune::Outcome::complete(last);
  }

  // The best complete trial; before there is one, the best of those that got farthest.
  tune::TrialRecord named_best(const tune::Study& study) {
    std::pair<int, double> best{0, std::numeric_limits<double>::infinity()};
    std::optional<tune::TrialRecord> named;
    for (const tune::TrialRecord& trial : study.trials()) {
      if (!tune::is_finished(trial.state) || !trial.value()) continue;
      const std::pair<int, double> now{-trained_[trial.number], -*trial.value()};
      if (named && now >= best) continue;
      best = now;
      named = trial;
    }
    check(named.has_value(), "pruners: no trial has a value; raise --budget");
    return *named;
  }

  const PrunersOptions& options_;
  Device& device_;
  const Data& data_;
  app::Settings settings_;
  std::map<int, int> trained_;  // epochs, by trial
  int spent_ = 0;
};

void run(const PrunersOptions& options) {
  const auto device = open_device("cpu");
  const Data data = load(*device, options.images);
  Search search(options, *device, data);
  const std::vector<Rule> all = rules(options);
  fmt::print("{}, lag {}, {} images, {} epochs a trial, {} a study: test error, %\n",
             options.sampler, options.lag, options.images, options.epochs, options.budget);
  std::map<std::string, std::vector<double>> errors;
  for (int i = 0; i < options.seeds; ++i) {
    const int seed = options.first_seed + i;
    fmt::print("seed {:>3}:", seed);
    std::fflush(stdout);
    for (const Rule& rule : all) {
      errors[rule.name].push_back(100 * search.test_error(rule, static_cast<std::uint64_t>(seed)));
      fmt::print("  {} {:.2f}", rule.name, errors[rule.name].back());
      std::fflush(stdout);
    }
    fmt::print("\n");
  }
  fmt::print("median: ");
  for (const Rule& rule : all) fmt::print("  {} {:.2f}", rule.name, median(errors[rule.name]));
  fmt::print("\n");
}

}  // namespace

void add_pruners_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "pruners", "Compares pruners at equal total epochs, on a small search on Fashion-MNIST");
  const auto options = std::make_shared<PrunersOptions>();
  const auto number = [&](const char* name, int& value, int low, int high, const char* help) {
    command->add_option(name, value, help)
        ->transform(app::whole_number(low, high))
        ->capture_default_str();
  };
  number("--seeds", options->seeds, 1, 1000, "Studies of each pruner");
  number("--first-seed", options->first_seed, 0, 1000000, "The seed of the first one");
  number("--images", options->images, 10, 50000, "Training images, an equal share of each class");
  number("--epochs", options->epochs, 2, 1000, "Epochs of a whole trial");
  number("--budget", options->budget, 1, 1000000, "Epochs of a study");
  number("--lag", options->lag, 1, 1000, "Trial n sees the trials up to n - lag");
  number("--threads", options->threads, 0, 1024, "CPU threads; 0: every processor");
  command->add_option("--sampler", options->sampler, "The sampler")->capture_default_str();
  command->add_option("--only", options->only, "Some of the pruners: a,b");
  command->callback([options] { run(*options); });
}

}  // namespace hone::bench
