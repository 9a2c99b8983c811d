// The hyperbolic tangent.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// tanh(x), element by element.
struct Tanh {
  static constexpr const char* kName = "tanh";
  std::vector<Field> fields() { return {}; }
  LayerCost cost(const Shape& in) const { return pointwise_cost(in); }
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const Tanh&) const = default;
};

}  // namespace hone::nn
