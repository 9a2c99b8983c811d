// The epilogue of a convolution block with 2x2 pooling, and its reverse.
#pragma once

#include <type_traits>

#include "kernels/cpu/isa/table.h"
#include "kernels/cpu/isa/vectors.h"
#include "kernels/pointwise.h"

namespace hone::kernels::HONE_ISA {
namespace {

// Bias and ReLU are monotone (rounding included), but ties that they make decide the arg-max: they
// are applied before the comparison.
template <bool Relu>
void pool_row_of(float* __restrict y, std::uint8_t* __restrict argmax, const float* __restrict z,
                 const float* __restrict b, PoolRow row) {
  const std::int64_t corners[4] = {0, row.pixel_stride, row.row_stride,
                                   row.row_stride + row.pixel_stride};
  const Vec zero = repeat(0.0f);
  for (std::int64_t i = 0; i < row.windows; ++i, y += row.channels, argmax += row.channels) {
    const float* corner = z + 2 * i * row.pixel_stride;
    std::int64_t c = 0;
    for (; c + kLanes <= row.channels; c += kLanes) {
      const Vec bias = b != nullptr ? load(b + c) : zero;
      const auto value = [&](int k) {
        const Vec v = plus(load(corner + corners[k] + c), bias);
        return Relu ? (v < zero ? zero : v) : v;
      };
      Greatest best{value(0), Mask{}};
      for (int k = 1; k < 4; ++k) best.see(value(k), k);
      store(y + c, best.value);
      store_bytes(argmax + c, best.position);
    }
    for (; c < row.channels; ++c) {
      const auto value = [&](int k) {
        const float v = corner[corners[k] + c] + (b != nullptr ? b[c] : 0.0f);
        return Relu ? relu_of(v) : v;
      };
      float best = value(0);
      int position = 0;
      for (int k = 1; k < 4; ++k) {
        const float v = value(k);
        position = exceeds(v, best) ? k : position;
        best = exceeds(v, best) ? v : best;
      }
      y[c] = best;
      argmax[c] = static_cast<std::uint8_t>(position);
    }
  }
}

void pool_row(float* y, std::uint8_t* argmax, const float* z, const float* b, PoolRow row) {
  row.relu ? pool_row_of<true>(y, argmax, z, b, row) : pool_row_of<false>(y, argmax, z, b, row);
}

// The pooling loops mix floats and bytes. Left alone, the compiler takes as many elements at once
// as a vector has bytes, 64 with AVX-512, and a layer with fewer channels runs element by element:
// they get blocks of a constant count instead.
constexpr std::int64_t kPoolBlock = 16;

// Calls body(first, count) for all channels; `count` is a constant in all blocks but the last.
template <class Body>
inline __attribute__((always_inline)) void for_pool_blocks(std::int64_t channels, Body body) {
  std::int64_t c = 0;
  for (; c + kPoolBlock <= channels; c += kPoolBlock)
    body(c, std::integral_constant<std::int64_t, kPoolBlock>{});
  if (c < channels) body(c, channels - c);
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
