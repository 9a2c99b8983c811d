// ReLU with a slope below 0.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// x where x > 0, slope * x elsewhere. PyTorch's default; Keras' is 0.3.
struct LeakyReLU {
  float slope = 0.01f;

  static constexpr const char* kName = "leaky_relu";
  std::vector<Field> fields();
  LayerCost cost(const Shape& in) const { return pointwise_cost(in); }
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const LeakyReLU&) const = default;
};

}  // namespace hone::nn
