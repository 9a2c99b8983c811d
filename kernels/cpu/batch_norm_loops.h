// Batch normalisation: sums over pixels, the normalised output, the gradient. A pixel's channels
// are a vector; the order of the sums of one channel is that of the pixels.
#pragma once

#include "kernels/cpu/isa/table.h"
#include "kernels/cpu/isa/vectors.h"

namespace hone::kernels::HONE_ISA {
namespace {

// sums[c] += x[r][c], or, with a mean, the squared distance to it. x: [rows, channels]
void norm_sums(double* __restrict sums, const float* __restrict x, const double* __restrict mean,
               std::int64_t rows, std::int64_t channels) {
  for (std::int64_t r = 0; r < rows; ++r, x += channels) {
    if (mean == nullptr) {
      for (std::int64_t c = 0; c < channels; ++c) sums[c] += static_cast<double>(x[c]);
    } else {
      for (std::int64_t c = 0; c < channels; ++c) {
        const double distance = static_cast<double>(x[c]) - mean[c];
        sums[c] += distance * distance;
      }
    }
  }
}

inline float norm_value(const NormChannels& n, float x, std::int64_t c) {
  return (x - n.mean[c]) * n.inverse[c] * n.scale[c] + n.shift[c];
}

void norm_rows(float* __restrict y, const float* __restrict x, const NormChannels& channels,
               std::int64_t rows, std::int64_t count, bool relu) {
  const NormChannels n = channels;
  for (std::int64_t r = 0; r < rows; ++r, x += count, y += count) {
    if (relu) {
      for (std::int64_t c = 0; c < count; ++c) y[c] = relu_of(norm_value(n, x[c], c));
    } else {
      for (std::int64_t c = 0; c < count; ++c) y[c] = norm_value(n, x[c], c);
    }
  }
}

// One row of 2x2 windows. x: two rows of pixels, row_floats apart.
void norm_pool_row(float* __restrict y, std::uint8_t* __restrict argmax, const float* __restrict x,
                   const NormChannels& channels, std::int64_t windows, std::int64_t row_floats,
                   std::int64_t count, bool relu) {
  const NormChannels n = channels;
  for (std::int64_t w = 0; w < windows; ++w, y += count, argmax += count, x += 2 * count) {
    const float* corners[4] = {x, x + count, x + row_floats, x + row_floats + count};
    std::int64_t c = 0;
    for (; c + kLanes <= count; c += kLanes) {
      const Vec mean = load(n.mean + c), inverse = load(n.inverse + c);
      const Vec scale = load(n.scale + c), shift = load(n.shift + c), zero = repeat(0.0f);
      Greatest best{};
      for (int p = 0; p < 4; ++p) {
        Vec value = (load(corners[p] + c) - mean) * inverse * scale + shift;
        if (relu) value = value < zero ? zero : value;
        if (p == 0) {
          best = {value, Mask{}};
        } else {
          best.see(value, p);
        }
      }
      store(y + c, best.value);
      store_bytes(argmax + c, best.position);
    }
    for (; c < count; ++c) {
      float best = 0;
      int position = 0;
      for (int p = 0; p < 4; ++p) {
        float value = norm_value(n, corners[p][c], c);
        if (relu) value = relu_of(value);
        if (p > 0 && !exceeds(value, best)) continue;
        best = value;
        position = p;
      }
      y[c] = best;
      argmax[c] = static_cast<std::uint8_t>(position);
    }
  }
}

// sums[c] += g[r][c], products[c] += g[r][c] * h, h the normalised x. g, x: [rows, channels]
void norm_gradient_sums(double* __restrict sums, double* __restrict products,
                        const float* __restrict g, const float* __restrict x,
                        const float* __restrict mean, const float* __restrict inverse,
                        std::int64_t rows, std::int64_t channels) {
  for (std::int64_t r = 0; r < rows; ++r, g += channels, x += channels)
    for (std::int64_t c = 0; c < channels; ++c) {
      const float h = (x[c] - mean[c]) * inverse[c];
      sums[c] += static_cast<double>(g[c]);
      products[c] += static_cast<double>(g[c]) * static_cast<double>(h);
    }
}

// dx = scale * inverse * (g - share_of_sum - h * share_of_product), set or added.
void norm_gradient_rows(float* __restrict dx, const float* __restrict g, const float* __restrict x,
                        const NormChannels& channels, const float* __restrict sum_share,
                        const float* __restrict product_share, std::int64_t rows,
                        std::int64_t count, Write write) {
  const NormChannels n = channels;
  for (std::int64_t r = 0; r < rows; ++r, g += count, x += count, dx += count) {
    if (write == Write::set) {
      for (std::int64_t c = 0; c < count; ++c) {
        const float h = (x[c] - n.mean[c]) * n.inverse[c];
        dx[c] = n.scale[c] * n.inverse[c] * (g[c] - sum_share[c] - h * product_share[c]);
      }
    } else {
      for (std::int64_t c = 0; c < count; ++c) {
        const float h = (x[c] - n.mean[c]) * n.inverse[c];
        dx[c] += n.scale[c] * n.inverse[c] * (g[c] - sum_share[c] - h * product_share[c]);
      }
    }
  }
}

}  // namespace
}  // namespace hone::kernels::HONE_ISA
