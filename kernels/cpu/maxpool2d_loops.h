// Max-pooling with any window and stride, and the blocks of channels that all pooling loops use.
#pragma once

#include <type_traits>

#include "kernels/cpu/isa/vectors.h"
#include "kernels/params.h"

namespace hone::kernels::HONE_ISA {
namespace {

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

void maxpool_row(float* __restrict y, std::uint8_t* __restrict argmax, const float* __restrict x,
                 std::int64_t windows, std::int64_t row_stride, std::int64_t channels,
                 Pool2dParams params) {
  for (std::int64_t i = 0; i < windows; ++i, y += channels, argmax += channels) {
    const float* corner = x + i * params.stride * channels;
    for_pool_blocks(
        channels, [&](std::int64_t c, auto count) __attribute__((always_inline)) {
          float* __restrict out = y + c;
          std::uint8_t* __restrict position = argmax + c;
          for (std::int64_t k = 0; k < count; ++k) {
            out[k] = corner[c + k];
            position[k] = 0;
          }
          for (int p = 1; p < params.kernel * params.kernel; ++p) {
            const float* __restrict from =
                corner + p / params.kernel * row_stride + p % params.kernel * channels + c;
            const std::uint8_t here = static_cast<std::uint8_t>(p);
            for (std::int64_t k = 0; k < count; ++k) {
              position[k] = from[k] > out[k] ? here : position[k];
              out[k] = from[k] > out[k] ? from[k] : out[k];
            }
          }
        });
  }
}

}  // namespace
}  // namespace hone::kernels::HONE_ISA
