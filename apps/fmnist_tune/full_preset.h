// The recipe of the preset `full`: a small network and what makes it train well.
#pragma once

#include "nn/train/training.h"

namespace hone::app {

// Each part can be left out, to see what it is worth (hone_bench full).
struct FullRecipe {
  bool batch_norm = true;
  bool one_cycle = true;
  bool augment = true;           // mirrors left to right
  double label_smoothing = 0.1;  // 0: none
  double ema = 0.98;             // 0: none
  double lr = 0.1;               // the peak, for batches of 64
  double weight_decay = 5e-4;
  int classes = 10;
};

// Six convolutions of 32 to 128 filters, pooled twice, then the mean over each channel: 288,618
// parameters for ten classes and grey pictures.
nn::Network full_network(const FullRecipe& recipe);

// Epochs, batch and seed are left as they are.
nn::train::Training full_training(const FullRecipe& recipe);

}  // namespace hone::app
