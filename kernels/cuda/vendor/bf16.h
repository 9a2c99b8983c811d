// Rounding to bf16 and back, for plans whose tensors are bf16.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace hone::kernels {

// y, x: [count]. To the nearest bf16, ties to even; NaN stays NaN.
void round_to_bf16(cudaStream_t stream, std::uint16_t* y, const float* x, std::int64_t count);
// y, x: [count]. Exact.
void widen_bf16(cudaStream_t stream, float* y, const std::uint16_t* x, std::int64_t count);

}  // namespace hone::kernels
