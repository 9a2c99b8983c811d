// Normalisation of each position over its channels.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// The last axis of each sample with mean 0 and variance 1, then scaled and shifted by learned
// values; the same in training and outside. Keras' epsilon is 1e-3. Source: Ba et al., arXiv
// 1607.06450.
struct LayerNorm {
  float epsilon = 1e-5f;

  static constexpr const char* kName = "layer_norm";
  std::vector<Field> fields();
  LayerCost cost(const Shape& in) const;
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const LayerNorm&) const = default;
};

}  // namespace hone::nn
