// The epilogue of a convolution block with 2x2 pooling, and its reverse.
#pragma once

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

template <bool Relu>
void unpool_row_of(float* __restrict dz, const float* __restrict dy, const float* __restrict y,
                   const std::uint8_t* __restrict argmax, PoolRow row) {
  const std::int64_t corners[4] = {0, row.pixel_stride, row.row_stride,
                                   row.row_stride + row.pixel_stride};
  const Vec zero = repeat(0.0f);
  for (std::int64_t i = 0; i < row.windows; ++i, dz += 2 * row.pixel_stride) {
    std::int64_t c = 0;
    for (; c + kLanes <= row.channels; c += kLanes) {
      const Vec dense = load(dy + c);
      const Vec gradient = Relu ? (load(y + c) > zero ? dense : zero) : dense;
      const Mask position = load_bytes(argmax + c);
      for (int k = 0; k < 4; ++k) store(dz + corners[k] + c, position == k ? gradient : zero);
    }
    for (; c < row.channels; ++c) {
      const float gradient = !Relu || y[c] > 0.0f ? dy[c] : 0.0f;
      for (int k = 0; k < 4; ++k) dz[corners[k] + c] = argmax[c] == k ? gradient : 0.0f;
    }
    dy += row.channels;
    y += row.channels;
    argmax += row.channels;
  }
}

void unpool_row(float* dz, const float* dy, const float* y, const std::uint8_t* argmax,
                PoolRow row) {
  row.relu ? unpool_row_of<true>(dz, dy, y, argmax, row)
           : unpool_row_of<false>(dz, dy, y, argmax, row);
}

}  // namespace
}  // namespace hone::kernels::HONE_ISA
