// reduce, arg_reduce, broadcast_to.
#include "kernels/indexing.h"
#include "kernels/pointwise.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {
namespace {

// The part of x that one element of y stands for: x's extent along the reduced axes, 1 elsewhere.
Shape reduced_part(const Shape& y, const Shape& x) {
  Shape part = x;
  for (int axis = 0; axis < x.rank(); ++axis)
    if (y[axis] == x[axis]) part = part.with(axis, 1);
  return part;
}

}  // namespace

template <>
void RefBackend::implement(const verb::Reduce& v) {
  const Shape part = reduced_part(v.y.shape, v.x.shape);
  const Strides stride_x = strides_onto(v.x.shape, v.x.shape);
  with_float(v.y.dtype, "reduce", [&]<class T>(T) {
    for (std::int64_t i = 0; i < v.y.count(); ++i) {
      const T* first = v.x.as<T>() + offset_of(i, v.y.shape, stride_x);
      double sum = 0;
      for (std::int64_t j = 0; j < part.count(); ++j)
        sum += static_cast<double>(first[offset_of(j, part, stride_x)]);
      put(v.y.as<T>()[i], static_cast<T>(sum), v.write);
    }
  });
}

template <>
void RefBackend::implement(const verb::ArgReduce& v) {
  const std::int64_t n = v.x.shape[1], inner = v.x.shape[2];
  with_dtype(v.x.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < v.y.count(); ++i) {  // y: [outer, inner], x: [outer, n, inner]
      const T* first = v.x.as<T>() + i / inner * n * inner + i % inner;
      std::int32_t best = 0;
      for (std::int64_t j = 1; j < n; ++j) {
        const T value = first[j * inner], so_far = first[best * inner];
        if (v.op == ArgReduceOp::max ? exceeds(value, so_far) : falls_below(value, so_far))
          best = static_cast<std::int32_t>(j);
      }
      v.y.as<std::int32_t>()[i] = best;
    }
  });
}

template <>
void RefBackend::implement(const verb::BroadcastTo& v) {
  const Strides stride_x = strides_onto(v.x.shape, v.y.shape);
  with_float(v.y.dtype, "broadcast_to", [&]<class T>(T) {
    for (std::int64_t i = 0; i < v.y.count(); ++i)
      put(v.y.as<T>()[i], v.x.as<T>()[offset_of(i, v.y.shape, stride_x)], v.write);
  });
}

}  // namespace hone::kernels
