// A learning rate from a short trial run (L. Smith, arXiv 1506.01186, "LR range test").
#pragma once

#include <memory>
#include <vector>

#include "nn/train/training.h"

namespace hone::nn::train {

struct RateFinderOptions {
  double low = 1e-6, high = 1;  // the rates of the first and of the last step
  int steps = 100;              // at least 10
  double stop_at = 4;           // ends when the smoothed loss is this many times its least
};

// By steps that were taken; the loss is smoothed (a moving mean with 0.9, without its bias to 0).
struct RateCurve {
  std::vector<double> rates, losses;
  // Where the smoothed loss falls most steeply over the logarithm of the rate.
  double suggested = 0;
};

// Trains a new model of `training` for some steps while the learning rate grows geometrically, as
// its optimizer's lr; its own schedule, plateau and epochs are not looked at. Throws Error(usage)
// for options that make no sense, Error(data) when the loss is not finite or grows from the
// beginning.
RateCurve find_learning_rate(const Training& training, const data::Dataset& data,
                             std::unique_ptr<Backend> backend,
                             const RateFinderOptions& options = {});

}  // namespace hone::nn::train
