// The exponential linear unit.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// x where x > 0, alpha (exp(x) - 1) elsewhere. Source: Clevert et al., arXiv 1511.07289.
struct ELU {
  float alpha = 1.0f;

  static constexpr const char* kName = "elu";
  std::vector<Field> fields();
  LayerCost cost(const Shape& in) const { return pointwise_cost(in); }
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const ELU&) const = default;
};

}  // namespace hone::nn
