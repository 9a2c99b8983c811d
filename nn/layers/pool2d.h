// What the pooling layers share. Internal to nn/.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// The fields `kernel` (1 to 16), `stride` (0: the kernel's size) and `padding`.
std::vector<Field> pool2d_fields(int& kernel, int& stride, Padding& padding);
// For images [H, W, C]; throws Error(usage) unless a window fits.
Pool2dParams pooling_of(const char* name, const Shape& in, int kernel, int stride, Padding padding);
LayerCost pool2d_cost(const char* name, const Shape& in, int kernel, int stride, Padding padding);

}  // namespace hone::nn
