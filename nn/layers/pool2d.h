// What the pooling layers share. Internal to nn/.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// The fields `kernel` (1 to 16) and `stride` (0: the kernel's size).
std::vector<Field> pool2d_fields(int& kernel, int& stride);
Pool2dParams pool2d_params(int kernel, int stride);
// Shape and costs; throws Error(usage) unless a window fits.
LayerCost pool2d_cost(const Shape& in, const Pool2dParams& params);

}  // namespace hone::nn
