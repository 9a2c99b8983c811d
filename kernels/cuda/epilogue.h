// What linear and conv2d do around their products.
#pragma once

#include "kernels/cuda/verb_file.h"

namespace hone::kernels {

// y: [rows, columns], in place: + b: [columns], or null, then ReLU if asked for.
void bias_relu(cudaStream_t stream, Each<float> y, Each<const float> b, std::int64_t rows,
               std::int64_t columns, bool relu);

// out = dy where y > 0, else 0.
void relu_mask(cudaStream_t stream, Each<float> out, Each<const float> dy, Each<const float> y,
               std::int64_t count);

}  // namespace hone::kernels
