// Sums down columns and along rows, in an order that the set does not change.
#pragma once

#include "kernels/cpu/isa/vectors.h"

namespace hone::kernels::HONE_ISA {
namespace {

void reduce_columns(float* __restrict out, const float* __restrict x, std::int64_t rows,
                    std::int64_t columns) {
  for (std::int64_t c = 0; c < columns; ++c) out[c] = x[c];
  for (std::int64_t r = 1; r < rows; ++r) {
    const float* row = x + r * columns;
    for (std::int64_t c = 0; c < columns; ++c) out[c] += row[c];
  }
}

float reduce_row(const float* x, std::int64_t n) {
  constexpr int kSums = 16;
  float lanes[kSums] = {};
  std::int64_t i = 0;
  for (; i + kSums <= n; i += kSums)
    for (int j = 0; j < kSums; ++j) lanes[j] += x[i + j];
  for (int j = 0; i < n; ++i, ++j) lanes[j] += x[i];
  for (int width = kSums / 2; width > 0; width /= 2)
    for (int j = 0; j < width; ++j) lanes[j] += lanes[j + width];
  return lanes[0];
}

}  // namespace
}  // namespace hone::kernels::HONE_ISA
