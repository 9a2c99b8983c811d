// The mean over each channel.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// x [N, H, W, C] -> [N, C]: the mean over height and width.
struct GlobalAvgPool2d {
  static constexpr const char* kName = "global_avgpool2d";
  std::vector<Field> fields() { return {}; }
  LayerCost cost(const Shape& in) const;
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const GlobalAvgPool2d&) const = default;
};

}  // namespace hone::nn
