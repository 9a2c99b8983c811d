// The Gaussian error linear unit.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// x Phi(x), or its approximation by tanh. Source: Hendrycks & Gimpel, arXiv 1606.08415.
struct GELU {
  bool tanh = false;

  static constexpr const char* kName = "gelu";
  std::vector<Field> fields();
  LayerCost cost(const Shape& in) const { return pointwise_cost(in); }
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const GELU&) const = default;
};

}  // namespace hone::nn
