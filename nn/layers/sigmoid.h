// The logistic function.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// 1 / (1 + exp(-x)), element by element.
struct Sigmoid {
  static constexpr const char* kName = "sigmoid";
  std::vector<Field> fields() { return {}; }
  LayerCost cost(const Shape& in) const { return pointwise_cost(in); }
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const Sigmoid&) const = default;
};

}  // namespace hone::nn
