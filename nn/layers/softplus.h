// The smooth ReLU.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// log(1 + exp(x)), element by element.
struct Softplus {
  static constexpr const char* kName = "softplus";
  std::vector<Field> fields() { return {}; }
  LayerCost cost(const Shape& in) const { return pointwise_cost(in); }
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const Softplus&) const = default;
};

}  // namespace hone::nn
