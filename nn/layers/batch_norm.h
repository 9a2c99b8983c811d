// Batch normalisation.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// Each channel (last axis) with mean 0 and variance 1 over the batch and all positions, then
// scaled and shifted by learned values. Outside of training the running statistics take the
// batch's place: running = momentum * running + (1 - momentum) * batch; PyTorch's momentum is
// 1 - this. `form`: whether the running variance is of the batch as it is (Keras) or the unbiased
// estimate (PyTorch). PyTorch's other defaults: momentum 0.9, epsilon 1e-5. The mean of squared
// distances normalises in both. Source: Ioffe & Szegedy, arXiv 1502.03167.
struct BatchNorm {
  float momentum = 0.99f;
  float epsilon = 1e-3f;
  OptimizerForm form = OptimizerForm::keras;

  static constexpr const char* kName = "batch_norm";
  std::vector<Field> fields();
  LayerCost cost(const Shape& in) const;
  std::unique_ptr<Module> build(const Site& site) const;
  // ReLU, and max-pooling by 2 on images.
  std::size_t absorbs(std::span<const Layer> next) const;
  bool operator==(const BatchNorm&) const = default;
};

}  // namespace hone::nn
