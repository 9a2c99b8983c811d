// Where elements lie. Broadcasting as strides: where the element of a smaller tensor lies that
// belongs to an element of a larger one. The part of a pooling window that lies in the image.
#pragma once

#include <array>

#include "base/philox.h"
#include "kernels/params.h"
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

// Rows first .. last - 1 of a pooling window that begins at image row `start`, which may be
// negative, are rows of the image. Not empty. The same for columns.
struct WindowPart {
  int first, last;
};
HONE_HD inline WindowPart window_part(std::int64_t start, std::int64_t extent, int kernel) {
  return {start < 0 ? static_cast<int>(-start) : 0,
          start + kernel > extent ? static_cast<int>(extent - start) : kernel};
}

// By how much avgpool2d divides the sum of a window.
HONE_HD inline int window_count(const WindowPart& rows, const WindowPart& columns,
                                const Pool2dParams& params) {
  return params.count_padding ? params.kernel * params.kernel
                              : (rows.last - rows.first) * (columns.last - columns.first);
}

}  // namespace hone::kernels
