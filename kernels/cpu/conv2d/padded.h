// The padded image that direct convolution walks: each kernel row of a patch is one run of floats
// in it, so its loops need neither checks nor masks.
#pragma once

#include <algorithm>
#include <cstring>

#include "kernels/cpu/conv2d/conv2d.h"

namespace hone::kernels {

inline std::int64_t round_up(std::int64_t value) { return (value + 15) / 16 * 16; }

// The geometry that all three directions share.
struct PaddedLayout {
  std::int64_t row;             // floats per row of the padded image
  std::int64_t run;             // KW * Cin
  std::int64_t step_x, step_y;  // floats from the patch of one output pixel to the next
};

inline PaddedLayout padded_layout(const Conv2dProblem& p) {
  const auto& q = p.params;
  PaddedLayout l{};
  l.row = (p.w + q.pad_left + q.pad_right) * p.cin;
  l.run = q.kernel_w * p.cin;
  l.step_x = q.stride_w * p.cin;
  l.step_y = q.stride_h * l.row;
  return l;
}

// Rows first .. first + rows of the padded image, whose rows inside come from
// row(to, r): [W, Cin] of the image's row r.
template <class Row>
void pad_rows(float* padded, const Conv2dProblem& p, const PaddedLayout& l, std::int64_t first,
              std::int64_t rows, Row row) {
  const std::int64_t left = p.params.pad_left * p.cin, right = p.params.pad_right * p.cin;
  for (std::int64_t i = 0; i < rows; ++i, padded += l.row) {
    const std::int64_t r = first + i - p.params.pad_top;
    if (r < 0 || r >= p.h) {
      std::fill_n(padded, l.row, 0.0f);
      continue;
    }
    std::fill_n(padded, left, 0.0f);
    row(padded + left, r);
    std::fill_n(padded + l.row - right, right, 0.0f);
  }
}

}  // namespace hone::kernels
