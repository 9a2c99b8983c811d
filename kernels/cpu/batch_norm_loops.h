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

// norm_gradient_sums for H half vectors of channels, whose sums stay in registers.
template <int H>
void norm_gradient_sums_of(double* sums, double* products, const float* g, const float* x,
                           const float* mean, const float* inverse, std::int64_t rows,
                           std::int64_t channels) {
  constexpr std::int64_t kHalf = kLanes / 2;
  Doubles sum[H], product[H];
  for (int i = 0; i < H; ++i) {
    sum[i] = load_doubles(sums + i * kHalf);
    product[i] = load_doubles(products + i * kHalf);
  }
  for (std::int64_t r = 0; r < rows; ++r, g += channels, x += channels)
    for (int i = 0; i < H; ++i) {
      const std::int64_t c = i * kHalf;
      const Half h = (load_half(x + c) - load_half(mean + c)) * load_half(inverse + c);
      const Doubles gradient = doubles_of(load_half(g + c));
      sum[i] += gradient;
      product[i] += gradient * doubles_of(h);
    }
  for (int i = 0; i < H; ++i) {
    store_doubles(sums + i * kHalf, sum[i]);
    store_doubles(products + i * kHalf, product[i]);
  }
}

// sums[c] += g[r][c], products[c] += g[r][c] * h, h the normalised x. g, x: [rows, channels]
void norm_gradient_sums(double* sums, double* products, const float* g, const float* x,
                        const float* mean, const float* inverse, std::int64_t rows,
                        std::int64_t channels) {
  std::int64_t c = 0;
  for (; c + 2 * kLanes <= channels; c += 2 * kLanes)
    norm_gradient_sums_of<4>(sums + c, products + c, g + c, x + c, mean + c, inverse + c, rows,
                             channels);
  for (; c + kLanes / 2 <= channels; c += kLanes / 2)
    norm_gradient_sums_of<1>(sums + c, products + c, g + c, x + c, mean + c, inverse + c, rows,
                             channels);
  for (; c < channels; ++c)
    for (std::int64_t r = 0; r < rows; ++r) {
      const float h = (x[r * channels + c] - mean[c]) * inverse[c];
      const auto gradient = static_cast<double>(g[r * channels + c]);
      sums[c] += gradient;
      products[c] += gradient * static_cast<double>(h);
    }
}

// dx = scale * inverse * (g - share_of_sum - h * share_of_product), set or added.
template <Write write>
void norm_gradient_rows_of(float* dx, const float* g, const float* x, const NormChannels& n,
                           const float* sum_share, const float* product_share, std::int64_t rows,
                           std::int64_t count) {
  const float *mean = n.mean, *inverse = n.inverse, *scale = n.scale;
  for (std::int64_t r = 0; r < rows; ++r, g += count, x += count, dx += count) {
    std::int64_t c = 0;
    for (; c + kLanes <= count; c += kLanes) {
      const Vec h = (load(x + c) - load(mean + c)) * load(inverse + c);
      const Vec value = load(scale + c) * load(inverse + c) *
                        (load(g + c) - load(sum_share + c) - h * load(product_share + c));
      store(dx + c, write == Write::set ? value : load(dx + c) + value);
    }
    for (; c < count; ++c) {
      const float h = (x[c] - mean[c]) * inverse[c];
      const float value = scale[c] * inverse[c] * (g[c] - sum_share[c] - h * product_share[c]);
      dx[c] = write == Write::set ? value : dx[c] + value;
    }
  }
}

void norm_gradient_rows(float* dx, const float* g, const float* x, const NormChannels& channels,
                        const float* sum_share, const float* product_share, std::int64_t rows,
                        std::int64_t count, Write write) {
  const auto run =
      write == Write::set ? norm_gradient_rows_of<Write::set> : norm_gradient_rows_of<Write::add>;
  run(dx, g, x, channels, sum_share, product_share, rows, count);
}

}  // namespace
}  // namespace hone::kernels::HONE_ISA
