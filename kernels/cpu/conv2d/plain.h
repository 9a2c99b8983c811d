// What the algorithms for convolutions without pooling share.
#pragma once

#include <algorithm>
#include <cstring>

#include "kernels/cpu/conv2d/padded.h"

namespace hone::kernels {

inline bool is_plain(const Conv2dProblem& p) {
  return !p.params.pool && p.params.groups == 1 && p.params.dilation_h == 1 &&
         p.params.dilation_w == 1;
}

// Weights of `terms` terms in blocks of kPlainBlock channels; those of term t for the channels
// first .. first + count come from fill(to, t, first, count).
template <class Fill>
void pack_plain(float* w, std::int64_t channels, std::int64_t terms, Fill fill) {
  for (std::int64_t first = 0; first < channels; first += kPlainBlock) {
    const std::int64_t count = std::min(kPlainBlock, channels - first), width = round_up(count);
    for (std::int64_t t = 0; t < terms; ++t, w += width) {
      fill(w, t, first, count);
      std::fill_n(w + count, width - count, 0.0f);
    }
  }
}

// The block whose input is the gradient of p's output and whose output that of p's input.
inline Conv2dProblem turned_around(const Conv2dProblem& p) {
  Conv2dProblem t = p;
  t.h = p.conv_h;
  t.w = p.conv_w;
  t.cin = p.cout;
  t.conv_h = t.out_h = p.h;
  t.conv_w = t.out_w = p.w;
  t.cout = p.cin;
  t.params.pad_top = p.params.kernel_h - 1 - p.params.pad_top;
  t.params.pad_bottom = p.params.kernel_h - 1 - p.params.pad_bottom;
  t.params.pad_left = p.params.kernel_w - 1 - p.params.pad_left;
  t.params.pad_right = p.params.kernel_w - 1 - p.params.pad_right;
  return t;
}

// Rows for pad_rows: row(to, image, r) writes row r of an image of x.
inline auto input_rows(const float* x, const Conv2dProblem& p) {
  return [x, h = p.h, width = p.w * p.cin](float* to, std::int64_t n, std::int64_t r) {
    std::memcpy(to, x + (n * h + r) * width, static_cast<std::size_t>(width) * sizeof(float));
  };
}

// The same of the output's gradient before ReLU.
inline auto gradient_rows(const Conv2dBackwardInput& a, const Conv2dProblem& p,
                          const SimdTable& simd) {
  return [&, width = p.conv_w * p.cout](float* to, std::int64_t n, std::int64_t r) {
    const std::int64_t from = (n * p.conv_h + r) * width;
    if (p.params.relu) {
      simd.relu_mask(to, a.dy + from, a.y + from, width);
    } else {
      std::memcpy(to, a.dy + from, static_cast<std::size_t>(width) * sizeof(float));
    }
  };
}

// dw and db, set or added to, from sums: [KH * KW * Cin, channels] and bias: [channels].
inline void put_weights(const Conv2dBackwardWeight& a, const Conv2dProblem& p, const float* sums,
                        const float* bias, std::int64_t channels) {
  const bool add = p.write == Write::add;
  const auto put = [add](float& to, float value) { to = value + (add ? to : 0.0f); };
  for (std::int64_t co = 0; co < p.cout; ++co)
    for (std::int64_t t = 0; t < p.patch(); ++t)
      put(a.dw[co * p.patch() + t], sums[t * channels + co]);
  if (a.db == nullptr) return;
  for (std::int64_t co = 0; co < p.cout; ++co) put(a.db[co], bias[co]);
}

}  // namespace hone::kernels
