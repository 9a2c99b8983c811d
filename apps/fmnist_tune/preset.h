// The presets: their spaces, budgets, and networks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/fmnist_tune/options.h"
#include "tune/training/run_trial.h"

namespace hone::app {

struct Settings {
  std::string preset = {};
  int trials = 0;
  int epochs = 0;            // of a trial
  int train_images = 55000;  // of a trial
  int batch = 32;
  int final_epochs = 30;
  int classes = 10;  // of the data
  std::string pruner = "none";
  int pruner_warmup = 0;                              // epochs before the median pruner may decide
  std::optional<optim::PlateauOptions> plateau = {};  // of the final training
  bool restore_best = false;  // best-validation weights after the final training
  tune::training::ValueOf value = tune::training::ValueOf::last_epoch;
};

// The preset that `options` name, with what they override. Throws Error(usage) that lists the
// presets.
Settings resolve_settings(const Options& options);

// The suggest calls of a preset: what a trial trains.
nn::train::Training describe(const Settings& settings, tune::Trial& trial);

// The default configuration of the preset's space (trial 0 of `quick` and `full`), empty for
// `tutorial`.
std::vector<std::pair<std::string, tune::Value>> default_configuration(const Settings& settings);

// The tutorial's network: a 7x7 stem of 64 filters, then blocks of two 3x3 convolutions.
nn::Network tutorial_network(int n_blocks, float dropout, int classes = 10);

// The network of the preset's space that takes the smallest pictures.
nn::Network smallest_network(const Settings& settings);

}  // namespace hone::app
