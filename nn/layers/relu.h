// The rectifier.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// max(x, 0), element by element.
struct ReLU {
  static constexpr const char* kName = "relu";
  std::vector<Field> fields() { return {}; }
  LayerCost cost(const Shape& in) const { return pointwise_cost(in); }
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const ReLU&) const = default;
};

}  // namespace hone::nn
