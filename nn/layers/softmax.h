// Softmax over the last axis.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// exp(x) / sum(exp(x)) over the last axis. Losses take the logits, without it.
struct Softmax {
  static constexpr const char* kName = "softmax";
  std::vector<Field> fields() { return {}; }
  LayerCost cost(const Shape& in) const { return pointwise_cost(in); }
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const Softmax&) const = default;
};

}  // namespace hone::nn
