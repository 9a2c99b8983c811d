// Normalisation of each sample over groups of channels.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// All positions of the channels of one group with mean 0 and variance 1, each sample by itself,
// then scaled and shifted by learned values. As many groups as channels: instance normalisation.
// Source: Wu & He, arXiv 1803.08494.
struct GroupNorm {
  int groups = 32;
  float epsilon = 1e-5f;

  static constexpr const char* kName = "group_norm";
  std::vector<Field> fields();
  LayerCost cost(const Shape& in) const;
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const GroupNorm&) const = default;
};

}  // namespace hone::nn
