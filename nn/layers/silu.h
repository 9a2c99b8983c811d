// The sigmoid linear unit, also called swish.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// x sigmoid(x), element by element.
struct SiLU {
  static constexpr const char* kName = "silu";
  std::vector<Field> fields() { return {}; }
  LayerCost cost(const Shape& in) const { return pointwise_cost(in); }
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const SiLU&) const = default;
};

}  // namespace hone::nn
