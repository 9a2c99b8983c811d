// The epilogue of a convolution block with 2x2 pooling, and its reverse.
#pragma once

#include "kernels/cpu/isa/table.h"
#include "kernels/cpu/maxpool2d_loops.h"
#include "kernels/pointwise.h"

namespace hone::kernels::HONE_ISA {
namespace {

// Bias and ReLU are monotone (rounding included), but ties that they make decide the arg-max: they
// are applied before the comparison.
template <bool Relu>
void pool_row_of(float* __restrict y, std::uint8_t* __restrict argmax, const float* __restrict z,
                 const float* __restrict b, PoolRow row) {
  static constexpr float kNoBias[kPoolBlock] = {};
  for (std::int64_t i = 0; i < row.windows; ++i) {
    const float* corner = z + 2 * i * row.pixel_stride;
    for_pool_blocks(
        row.channels, [&](std::int64_t c, auto count) __attribute__((always_inline)) {
          const float* __restrict z0 = corner + c;
          const float* __restrict z1 = z0 + row.pixel_stride;
          const float* __restrict z2 = z0 + row.row_stride;
          const float* __restrict z3 = z2 + row.pixel_stride;
          const float* __restrict bias = b != nullptr ? b + c : kNoBias;
          float* __restrict out = y + i * row.channels + c;
          std::uint8_t* __restrict position = argmax + i * row.channels + c;
          for (std::int64_t k = 0; k < count; ++k) {
            float v0 = z0[k] + bias[k], v1 = z1[k] + bias[k];
            float v2 = z2[k] + bias[k], v3 = z3[k] + bias[k];
            if constexpr (Relu) {
              v0 = relu_of(v0);
              v1 = relu_of(v1);
              v2 = relu_of(v2);
              v3 = relu_of(v3);
            }
            int p = v1 > v0 ? 1 : 0;
            v0 = v1 > v0 ? v1 : v0;
            p = v2 > v0 ? 2 : p;
            v0 = v2 > v0 ? v2 : v0;
            p = v3 > v0 ? 3 : p;
            v0 = v3 > v0 ? v3 : v0;
            out[k] = v0;
            position[k] = static_cast<std::uint8_t>(p);
          }
        });
  }
}

void pool_row(float* y, std::uint8_t* argmax, const float* z, const float* b, PoolRow row) {
  row.relu ? pool_row_of<true>(y, argmax, z, b, row) : pool_row_of<false>(y, argmax, z, b, row);
}

template <bool Relu>
void unpool_row_of(float* __restrict dz, const float* __restrict dy, const float* __restrict y,
                   const std::uint8_t* __restrict argmax, PoolRow row) {
  for (std::int64_t i = 0; i < row.windows; ++i) {
    float* corner = dz + 2 * i * row.pixel_stride;
    for_pool_blocks(
        row.channels, [&](std::int64_t c, auto count) __attribute__((always_inline)) {
          float* __restrict z0 = corner + c;
          float* __restrict z1 = z0 + row.pixel_stride;
          float* __restrict z2 = z0 + row.row_stride;
          float* __restrict z3 = z2 + row.pixel_stride;
          const std::int64_t e = i * row.channels + c;
          for (std::int64_t k = 0; k < count; ++k) {
            const float gradient = !Relu || y[e + k] > 0.0f ? dy[e + k] : 0.0f;
            const int p = argmax[e + k];
            z0[k] = p == 0 ? gradient : 0.0f;
            z1[k] = p == 1 ? gradient : 0.0f;
            z2[k] = p == 2 ? gradient : 0.0f;
            z3[k] = p == 3 ? gradient : 0.0f;
          }
        });
  }
}

void unpool_row(float* dz, const float* dy, const float* y, const std::uint8_t* argmax,
                PoolRow row) {
  row.relu ? unpool_row_of<true>(dz, dy, y, argmax, row)
           : unpool_row_of<false>(dz, dy, y, argmax, row);
}

}  // namespace
}  // namespace hone::kernels::HONE_ISA
