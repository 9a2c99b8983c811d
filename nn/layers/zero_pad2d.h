// Zeros around images.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// x [N, H, W, C] -> [N, top + H + bottom, left + W + right, C].
struct ZeroPad2d {
  int top = 0, bottom = 0, left = 0, right = 0;

  static constexpr const char* kName = "zero_pad2d";
  std::vector<Field> fields();
  LayerCost cost(const Shape& in) const;
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const ZeroPad2d&) const = default;
};

}  // namespace hone::nn
