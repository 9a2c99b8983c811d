// Presets. `tutorial` is the tutorial's objective word for word. `quick` is the same search with
// its mistakes mended (momentum can reach 0.99, pruning works, the best epoch counts) and with
// layers narrow enough for a few minutes. `full` searches around a recipe for a good result.
#include "apps/fmnist_tune/preset.h"

#include "apps/fmnist_tune/full_preset.h"
#include "base/error.h"
#include "nn/layers.h"

namespace hone::app {
namespace {

using nn::Conv2d;
using nn::Padding;

void add_head(nn::Network& network, float dropout, int classes) {
  network.add(nn::Flatten{})
      .add(nn::Linear{.out = 128})
      .add(nn::ReLU{})
      .add(nn::Dropout{.p = dropout})
      .add(nn::Linear{.out = 64})
      .add(nn::ReLU{})
      .add(nn::Dropout{.p = dropout})
      .add(nn::Linear{.out = classes});
}

// One block: two 3x3 convolutions, then 2x2 max-pooling.
void add_block(nn::Network& network, int filters) {
  network.add(Conv2d{.out = filters, .kernel = 3, .padding = Padding::same})
      .add(nn::ReLU{})
      .add(Conv2d{.out = filters, .kernel = 3, .padding = Padding::same})
      .add(nn::ReLU{})
      .add(nn::MaxPool2d{});
}

nn::Network quick_network(int n_blocks, float dropout, int classes) {
  nn::Network network{Conv2d{.out = 16, .kernel = 5, .padding = Padding::same}, nn::ReLU{},
                      nn::MaxPool2d{}};
  for (int i = 1; i < n_blocks; ++i) add_block(network, 24 * i);
  add_head(network, dropout, classes);
  return network;
}

optim::OptimizerSpec suggest_tutorial_optimizer(tune::Trial& trial) {
  if (trial.suggest_categorical("optimizer_name", {"Adam", "SGD"}) == "Adam")
    return optim::Adam{
        .lr = static_cast<float>(trial.suggest_float("adam_lr", 1e-5, 1e-1, {.log = true}))};
  const double lr = trial.suggest_float("sgd_lr", 1e-5, 1e-1, {.log = true});
  const double momentum = trial.suggest_float("sgd_momentum", 1e-5, 1e-1, {.log = true});
  return optim::SGD{.lr = static_cast<float>(lr), .momentum = static_cast<float>(momentum)};
}

optim::OptimizerSpec suggest_quick_optimizer(tune::Trial& trial) {
  if (trial.suggest_categorical("optimizer", {"adam", "sgd"}) == "adam")
    return optim::Adam{
        .lr = static_cast<float>(trial.suggest_float("adam_lr", 1e-5, 1e-1, {.log = true}))};
  const double lr = trial.suggest_float("sgd_lr", 1e-4, 1.0, {.log = true});
  // Log-uniform on the distance to 1: 0, 0.9 and 0.99 are equally far apart.
  const double distance = trial.suggest_float("sgd_one_minus_momentum", 0.01, 1.0, {.log = true});
  const float momentum = static_cast<float>(1.0 - distance);
  return optim::SGD{.lr = static_cast<float>(lr), .momentum = momentum, .nesterov = momentum > 0};
}

}  // namespace

nn::Network tutorial_network(int n_blocks, float dropout, int classes) {
  nn::Network network{Conv2d{.out = 64, .kernel = 7, .padding = Padding::same}, nn::ReLU{},
                      nn::MaxPool2d{}};
  for (int i = 1; i < n_blocks; ++i) add_block(network, 128 * i);
  add_head(network, dropout, classes);
  return network;
}

static nn::Network network_of(const Settings& settings, int n_blocks, float dropout) {
  if (settings.preset == "full") return full_network({.classes = settings.classes});
  return settings.preset == "tutorial" ? tutorial_network(n_blocks, dropout, settings.classes)
                                       : quick_network(n_blocks, dropout, settings.classes);
}

nn::Network smallest_network(const Settings& settings) { return network_of(settings, 1, 0); }

Settings resolve_settings(const Options& options) {
  Settings settings;
  if (options.preset == "tutorial") {
    settings = {.trials = 50,
                .epochs = 20,
                .train_images = 55000,
                .batch = 32,
                .final_epochs = 30,
                .pruner = "none",
                .plateau = optim::PlateauOptions{.patience = 10},
                .restore_best = false,
                .value = tune::training::ValueOf::last_epoch};
  } else if (options.preset == "quick") {
    settings = {.trials = 30,
                .epochs = 8,
                .train_images = 16000,
                .batch = 64,
                .final_epochs = 16,
                .pruner = "median",
                .pruner_warmup = 1,
                .plateau = optim::PlateauOptions{.patience = 2},
                .restore_best = true,
                .value = tune::training::ValueOf::best_epoch};
  } else if (options.preset == "full") {
    settings = {.trials = 8,
                .epochs = 4,
                .train_images = 16000,
                .batch = 64,
                .final_epochs = 14,
                .pruner = "median",
                .pruner_warmup = 2,
                .restore_best = false,
                .value = tune::training::ValueOf::last_epoch};
  } else {
    fail(ErrorKind::usage, "--preset {}: there is no such preset; use quick, full or tutorial",
         printable(options.preset));
  }
  settings.preset = options.preset;
  settings.trials = options.trials.value_or(settings.trials);
  settings.epochs = options.epochs.value_or(settings.epochs);
  settings.train_images = options.train_images.value_or(settings.train_images);
  settings.batch = options.batch.value_or(settings.batch);
  settings.final_epochs = options.final_epochs.value_or(settings.final_epochs);
  settings.pruner = options.pruner.value_or(settings.pruner);
  return settings;
}

static nn::train::Training describe_full(const Settings& settings, tune::Trial& trial) {
  FullRecipe recipe{.classes = settings.classes};
  recipe.lr = trial.suggest_float("lr", 0.02, 0.4, {.log = true});
  recipe.weight_decay = trial.suggest_float("weight_decay", 1e-4, 2e-3, {.log = true});
  recipe.label_smoothing = trial.suggest_float("label_smoothing", 0.0, 0.2);
  return full_training(recipe);
}

static nn::train::Training describe_search(const Settings& settings, tune::Trial& trial) {
  const bool tutorial = settings.preset == "tutorial";
  nn::train::Training training;
  const int n_blocks = static_cast<int>(trial.suggest_int("n_blocks", 1, 4));
  const float dropout =
      static_cast<float>(trial.suggest_float(tutorial ? "dropout_rate" : "dropout", 0.0, 0.5));
  training.optimizer =
      tutorial ? suggest_tutorial_optimizer(trial) : suggest_quick_optimizer(trial);
  training.network = network_of(settings, n_blocks, dropout);
  return training;
}

nn::train::Training describe(const Settings& settings, tune::Trial& trial) {
  nn::train::Training training =
      settings.preset == "full" ? describe_full(settings, trial) : describe_search(settings, trial);
  training.epochs = settings.epochs;
  training.batch = settings.batch;
  training.seed = trial.seed();
  return training;
}

std::vector<std::pair<std::string, tune::Value>> default_configuration(const Settings& settings) {
  if (settings.preset == "tutorial") return {};
  const FullRecipe recipe;
  if (settings.preset == "full")
    return {{"lr", recipe.lr},
            {"weight_decay", recipe.weight_decay},
            {"label_smoothing", recipe.label_smoothing}};
  // What one writes without tuning: the smallest network, no dropout, Keras' default Adam.
  return {{"n_blocks", std::int64_t{1}},
          {"dropout", 0.0},
          {"optimizer", std::string("adam")},
          {"adam_lr", 1e-3}};
}

}  // namespace hone::app
