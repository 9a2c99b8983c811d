// f32 to bf16 and back.
#include "kernels/cuda/vendor/bf16.h"

#include <bit>

#include "kernels/cuda/device_api.h"
#include "kernels/cuda/launch.h"

namespace hone::kernels {
namespace {

// A bf16 is the upper half of an f32.
__global__ void round_kernel(std::uint16_t* y, const float* x, std::int64_t count) {
  device::for_each(count, [=](std::int64_t i) {
    const float value = x[i];
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t rounded = bits + 0x7fffu + (bits >> 16 & 1u);
    // Rounding could carry a NaN's bits away.
    y[i] = static_cast<std::uint16_t>(value != value ? bits >> 16 | 0x40u : rounded >> 16);
  });
}

__global__ void widen_kernel(float* y, const std::uint16_t* x, std::int64_t count) {
  device::for_each(count, [=](std::int64_t i) {
    y[i] = std::bit_cast<float>(static_cast<std::uint32_t>(x[i]) << 16);
  });
}

}  // namespace

void round_to_bf16(cudaStream_t stream, std::uint16_t* y, const float* x, std::int64_t count) {
  launch_each(stream, "round_to_bf16", count, round_kernel, y, x, count);
}

void widen_bf16(cudaStream_t stream, float* y, const std::uint16_t* x, std::int64_t count) {
  launch_each(stream, "widen_bf16", count, widen_kernel, y, x, count);
}

}  // namespace hone::kernels
