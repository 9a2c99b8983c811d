// reduce, broadcast_to.
#include "kernels/indexing.h"
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

void RefBackend::do_reduce(View y, ConstView x, ReduceOp, Write write) {
  const Shape part = reduced_part(y.shape, x.shape);
  const Strides stride_x = strides_onto(x.shape, x.shape);
  with_float(y.dtype, "reduce", [&]<class T>(T) {
    for (std::int64_t i = 0; i < y.count(); ++i) {
      const T* first = x.as<T>() + offset_of(i, y.shape, stride_x);
      double sum = 0;
      for (std::int64_t j = 0; j < part.count(); ++j)
        sum += static_cast<double>(first[offset_of(j, part, stride_x)]);
      put(y.as<T>()[i], static_cast<T>(sum), write);
    }
  });
}

void RefBackend::do_broadcast_to(View y, ConstView x, Write write) {
  const Strides stride_x = strides_onto(x.shape, y.shape);
  with_float(y.dtype, "broadcast_to", [&]<class T>(T) {
    for (std::int64_t i = 0; i < y.count(); ++i)
      put(y.as<T>()[i], x.as<T>()[offset_of(i, y.shape, stride_x)], write);
  });
}

}  // namespace hone::kernels
