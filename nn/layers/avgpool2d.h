// Average pooling.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// The mean of each window: x [N, H, W, C] -> [N, OH, OW, C]. stride 0 means: the kernel's size.
// `valid` drops what does not fill a window; `same` pads as TensorFlow does, and what lies outside
// of the image does not count.
struct AvgPool2d {
  int kernel = 2;
  int stride = 0;
  Padding padding = Padding::valid;

  static constexpr const char* kName = "avgpool2d";
  std::vector<Field> fields();
  LayerCost cost(const Shape& in) const;
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const AvgPool2d&) const = default;
};

}  // namespace hone::nn
