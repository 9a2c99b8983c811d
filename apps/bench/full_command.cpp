// hone_bench full: what each part of fmnist_tune's preset `full` is worth.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <ctime>

#include "apps/bench/commands.h"
#include "apps/common/number_option.h"
#include "apps/fmnist_tune/full_preset.h"
#include "base/error.h"
#include "nn/data/fashion_mnist.h"
#include "nn/data/split.h"
#include "nn/train/trainer.h"

namespace hone::bench {
namespace {

struct FullOptions {
  int images = 55000, epochs = 14, seed = 1, seeds = 3, batch = 64, threads = 0;
  std::string only;
};

// The recipe without one of its parts.
struct Variant {
  const char* name;
  app::FullRecipe recipe;
};

std::vector<Variant> variants() {
  std::vector<Variant> all(6, Variant{"everything", {}});
  all[1] = {"no batch norm (lr 0.02)", {.batch_norm = false, .lr = 0.02}};
  all[2] = {"constant rate (lr 0.02)", {.one_cycle = false, .lr = 0.02}};
  all[3] = {"no augmentation", {.augment = false}};
  all[4] = {"no label smoothing", {.label_smoothing = 0}};
  all[5] = {"no average of the weights", {.ema = 0}};
  return all;
}

struct Figures {
  double mean = 0, deviation = 0;
};

Figures figures_of(const std::vector<double>& values) {
  Figures figures;
  const auto count = static_cast<double>(values.size());
  for (const double value : values) figures.mean += value / count;
  for (const double value : values)
    figures.deviation += (value - figures.mean) * (value - figures.mean);
  figures.deviation = values.size() > 1 ? std::sqrt(figures.deviation / (count - 1)) : 0;
  return figures;
}

void run(const FullOptions& options) {
  const auto device = open_device("cpu");
  const auto sets = nn::data::load_fashion_mnist_files(nn::data::find_fashion_mnist());
  constexpr std::int64_t kValidation = 5000;  // fmnist_tune's; not looked at here
  const nn::data::ImageSet rest = sets.train.take(kValidation, sets.train.count);
  check(options.images <= rest.count, "--images {}: there are {}", options.images, rest.count);
  const nn::data::Split part =
      nn::data::split_stratified(rest.labels, nn::data::kFashionMnistClasses, options.images, 1);
  const auto train = nn::data::upload(*device, rest.select(part.validation));
  const auto test = nn::data::upload(*device, sets.test);
  fmt::print(
      "| parts | test accuracy, % | deviation over seeds | CPU seconds of training "
      "|\n|---|---|---|---|\n");
  for (const Variant& variant : variants()) {
    if (!options.only.empty() && options.only != variant.name) continue;
    std::vector<double> accuracies;
    double seconds = 0;
    for (int seed = options.seed; seed < options.seed + options.seeds; ++seed) {
      nn::train::Training training = app::full_training(variant.recipe);
      training.epochs = options.epochs;
      training.batch = options.batch;
      training.seed = static_cast<std::uint64_t>(seed);
      nn::train::Trainer trainer(training, train.shape(),
                                 device->new_backend({.threads = options.threads}));
      const std::clock_t begin = std::clock();
      trainer.fit(train);
      const double spent = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
      seconds += spent / options.seeds;
      accuracies.push_back(100 * trainer.evaluate(test).accuracy);
      // A whole table takes hours: each training is told when it ends, beside the table.
      fmt::print(stderr, "{}, seed {}, {} of {}: {:.2f}% in {:.0f} CPU seconds\n", variant.name,
                 seed, accuracies.size(), options.seeds, accuracies.back(), spent);
    }
    const Figures figures = figures_of(accuracies);
    fmt::print("| {} | {:.2f} | {:.2f} | {:.0f} |\n", variant.name, figures.mean, figures.deviation,
               seconds);
    std::fflush(stdout);
  }
}

}  // namespace

void add_full_command(CLI::App& app) {
  auto options = std::make_shared<FullOptions>();
  CLI::App* command = app.add_subcommand(
      "full",
      "Fashion-MNIST with the recipe of fmnist_tune --preset full, whole and without each "
      "of its parts");
  command->add_option("--images", options->images, "Training images, an equal share of each class")
      ->transform(app::whole_number(10, 55000))
      ->capture_default_str();
  command->add_option("--epochs", options->epochs, "Epochs of each training")
      ->transform(app::whole_number(1, 10000))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "The first seed; the next ones follow")
      ->transform(app::whole_number(0, 1000000))
      ->capture_default_str();
  command->add_option("--seeds", options->seeds, "Trainings of each variant")
      ->transform(app::whole_number(1, 1000))
      ->capture_default_str();
  command->add_option("--batch", options->batch, "Images in a batch")
      ->transform(app::whole_number(2, 65536))
      ->capture_default_str();
  command->add_option("--threads", options->threads, "CPU threads; 0: every processor")
      ->transform(app::whole_number(0, 1024))
      ->capture_default_str();
  command->add_option("--only", options->only, "One line of the table, by its name");
  command->callback([options] { run(*options); });
}

}  // namespace hone::bench
