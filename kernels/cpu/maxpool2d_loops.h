// Max-pooling with any window and stride.
#pragma once

#include "kernels/cpu/isa/vectors.h"
#include "kernels/params.h"

namespace hone::kernels::HONE_ISA {
namespace {

void maxpool_row(float* __restrict y, std::uint8_t* __restrict argmax, const float* __restrict x,
                 std::int64_t windows, std::int64_t row_stride, std::int64_t channels,
                 Pool2dParams params) {
  const auto offset = [=](int p) {
    return p / params.kernel * row_stride + p % params.kernel * channels;
  };
  const int positions = params.kernel * params.kernel;
  for (std::int64_t i = 0; i < windows; ++i, y += channels, argmax += channels) {
    const float* corner = x + i * params.stride * channels;
    std::int64_t c = 0;
    for (; c + kLanes <= channels; c += kLanes) {
      Greatest best{load(corner + c), Mask{}};
      for (int p = 1; p < positions; ++p) best.see(load(corner + offset(p) + c), p);
      store(y + c, best.value);
      store_bytes(argmax + c, best.position);
    }
    for (; c < channels; ++c) {
      float best = corner[c];
      int position = 0;
      for (int p = 1; p < positions; ++p) {
        const float v = corner[offset(p) + c];
        position = exceeds(v, best) ? p : position;
        best = exceeds(v, best) ? v : best;
      }
      y[c] = best;
      argmax[c] = static_cast<std::uint8_t>(position);
    }
  }
}

}  // namespace
}  // namespace hone::kernels::HONE_ISA
