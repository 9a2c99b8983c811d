// The rule of 'same' padding. Internal to tensor/ops.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

namespace hone::ops {

// TensorFlow's: out = ceil(in / stride); what is missing is split, the odd one at the end. `reach`:
// what a window covers, from its first pixel to its last.
inline std::pair<int, int> same_padding(std::int64_t extent, std::int64_t reach, int stride) {
  const std::int64_t out = (extent + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>((out - 1) * stride + reach - extent, 0);
  return {static_cast<int>(total / 2), static_cast<int>(total - total / 2)};
}

}  // namespace hone::ops
