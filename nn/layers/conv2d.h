// Convolution with square kernels.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// Cross-correlation, channels last: x [N, H, W, C] -> [N, OH, OW, out]. dilation: from one tap of
// the kernel to the next. groups: parts of the channels that do not see each other; as many as
// there are channels: depthwise.
struct Conv2d {
  int out = 1;
  int kernel = 3;
  int stride = 1;
  Padding padding = Padding::valid;
  bool bias = true;
  Init init = Init::glorot_uniform;
  int dilation = 1;
  int groups = 1;

  static constexpr const char* kName = "conv2d";
  std::vector<Field> fields();
  LayerCost cost(const Shape& in) const;
  std::unique_ptr<Module> build(const Site& site) const;
  // Batch normalisation, ReLU, max-pooling by 2, in this order, each if it is there.
  std::size_t absorbs(std::span<const Layer> next) const;
  bool operator==(const Conv2d&) const = default;
};

}  // namespace hone::nn
