// Broadcasting as strides: where the element of a smaller tensor lies that belongs to an element of
// a larger one.
#pragma once

#include <array>

#include "kernels/shape.h"

namespace hone::kernels {

using Strides = std::array<std::int64_t, Shape::kMaxRank>;

// The strides of a contiguous tensor of shape `from`, aligned at the right with `onto`: 0 along
// every axis that is repeated. One entry per axis of `onto`.
inline Strides strides_onto(const Shape& from, const Shape& onto) {
  Strides strides{};
  std::int64_t step = 1;
  for (int i = 1; i <= from.rank(); ++i) {
    const bool repeated = from[-i] == 1 && onto[-i] != 1;
    strides[static_cast<std::size_t>(onto.rank() - i)] = repeated ? 0 : step;
    step *= from[-i];
  }
  return strides;
}

// The offset, with these strides, of element `index` (row-major) of `shape`.
inline std::int64_t offset_of(std::int64_t index, const Shape& shape, const Strides& strides) {
  std::int64_t offset = 0;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    offset += index % shape[axis] * strides[static_cast<std::size_t>(axis)];
    index /= shape[axis];
  }
  return offset;
}

}  // namespace hone::kernels
