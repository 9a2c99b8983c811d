// The largest value of each channel.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// x [N, H, W, C] -> [N, C]: the maximum over height and width.
struct GlobalMaxPool2d {
  static constexpr const char* kName = "global_maxpool2d";
  std::vector<Field> fields() { return {}; }
  LayerCost cost(const Shape& in) const;
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const GlobalMaxPool2d&) const = default;
};

}  // namespace hone::nn
