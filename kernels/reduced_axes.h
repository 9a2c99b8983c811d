// How the axes of a reduction lie: the cpu and the cuda backend must cut sums alike.
#pragma once

#include <cstdint>

#include "kernels/shape.h"

namespace hone::kernels {

// x seen as [outer, reduced, inner] when its reduced axes lie side by side.
struct Middle {
  std::int64_t outer = 1, reduced = 1, inner = 1;
};

// Whether they do; then `middle`, which is new, has the extents. y: x with the reduced axes 1.
inline bool as_middle(const Shape& y, const Shape& x, Middle& middle) {
  int stage = 0;  // 0: outer axes, 1: reduced axes, 2: inner axes
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (x[axis] == 1) continue;
    const bool reduced = y[axis] != x[axis];
    if (reduced && stage == 2) return false;
    if (reduced) stage = 1;
    if (!reduced && stage == 1) stage = 2;
    (stage == 0 ? middle.outer : stage == 1 ? middle.reduced : middle.inner) *= x[axis];
  }
  return true;
}

}  // namespace hone::kernels
