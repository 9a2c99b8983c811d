// Dropout.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// Inverted dropout, active in training mode only. p = 0 passes everything, p = 1 nothing.
struct Dropout {
  float p = 0.5f;

  static constexpr const char* kName = "dropout";
  std::vector<Field> fields();
  LayerCost cost(const Shape& in) const { return pointwise_cost(in); }
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const Dropout&) const = default;
};

}  // namespace hone::nn
