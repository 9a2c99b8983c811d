// The exponential average of a model's weights over its steps.
#pragma once

#include "optim/flat_parameters.h"
#include "optim/optimizer.h"

namespace hone::optim {

// average = momentum * average + (1 - momentum) * values, after each step; the first update copies
// the values, as Keras' use_ema and PyTorch's AveragedModel do; before it, the average is the
// values that were there when this was made. Parameters only: running statistics stay as they are.
class WeightAverage {
 public:
  // Throws Error(usage) unless 0 <= momentum < 1.
  explicit WeightAverage(FlatParameters& parameters, float momentum = 0.99f);
  // After the optimizer's step(). Verbs only, so it may be part of a recorded step.
  void update();
  // Exchanges weights and average: before an evaluation with the average, and again behind it.
  // Verbs only.
  void swap();
  const Tensor& average() const { return average_; }  // like FlatParameters::values()
  // What a checkpoint saves.
  std::vector<StateTensor> state() const { return {{"average", average_}, {"share", share_}}; }

 private:
  FlatParameters& parameters_;
  Tensor average_, scratch_;
  Tensor share_, momentum_;  // [1]: what the next update keeps; 0 before the first
};

}  // namespace hone::optim
