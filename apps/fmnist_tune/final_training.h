// The best configuration, retrained on the full training part and tested once.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "apps/fmnist_tune/run.h"
#include "nn/network.h"
#include "nn/train/history.h"

namespace hone::app {

struct FinalResult {
  nn::train::History history;
  int best_epoch = 0;
  double seconds = 0;
  nn::NetworkCost cost;
  double test_loss = 0, test_accuracy = 0;
  std::int64_t test_images = 0;
  std::vector<float> probabilities;  // [test images, classes]
};

// Trains (or goes on from its checkpoint), writes model.safetensors and history.csv, tests. Empty
// when it was cancelled; the same command goes on then.
std::optional<FinalResult> train_final(const Run& run, const tune::TrialRecord& best,
                                       Console& console);

}  // namespace hone::app
