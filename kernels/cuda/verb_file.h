// What every file of verbs includes, and what they share.
#pragma once

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/device_api.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/verb_types.h"
#include "kernels/indexing.h"
#include "kernels/pointwise.h"

namespace hone::kernels {

// y = value or y += value.
template <class T>
__device__ inline void put(T& y, T value, Write write) {
  y = write == Write::set ? value : static_cast<T>(y + value);
}

// Where, in each of some tensors, the element lies that belongs to an element of `onto`. Axes that
// all of them walk alike are one.
template <int kTensors>
struct Layout {
  int rank = 0;
  std::int64_t extent[Shape::kMaxRank] = {};
  std::int64_t step[kTensors][Shape::kMaxRank] = {};

  template <class... S>
  explicit Layout(const Shape& onto, const S&... strides) {
    static_assert(sizeof...(S) == kTensors);
    const Strides* const all[] = {&strides...};
    for (int axis = 0; axis < onto.rank(); ++axis) {
      const auto at = static_cast<std::size_t>(axis);
      if (onto[axis] == 1) continue;
      bool continues = rank > 0;
      for (int t = 0; t < kTensors; ++t)
        continues = continues && step[t][rank - 1] == (*all[t])[at] * onto[axis];
      if (!continues) extent[rank++] = 1;
      extent[rank - 1] *= onto[axis];
      for (int t = 0; t < kTensors; ++t) step[t][rank - 1] = (*all[t])[at];
    }
  }

  // The offsets of element i of `onto`.
  struct Offsets {
    std::int64_t of[kTensors];
  };
  __device__ Offsets operator()(std::int64_t i) const {
    Offsets offsets{};
    for (int axis = rank - 1; axis >= 0; --axis) {
      const std::int64_t at = axis == 0 ? i : i % extent[axis];
      for (int t = 0; t < kTensors; ++t) offsets.of[t] += at * step[t][axis];
      i /= extent[axis];
    }
    return offsets;
  }
};

}  // namespace hone::kernels
