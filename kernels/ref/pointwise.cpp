// unary, unary_backward, binary.
#include "kernels/pointwise.h"

#include "kernels/indexing.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

void RefBackend::do_unary(View y, ConstView x, UnaryParams params) {
  with_float(y.dtype, "unary", [&]<class T>(T) {
    T* out = y.as<T>();       // y: any shape
    const T* in = x.as<T>();  // x: as y
    with_unary_op<T>(params, [&](auto op) {
      for (std::int64_t i = 0; i < y.count(); ++i) out[i] = op.forward(in[i]);
    });
  });
}

void RefBackend::do_unary_backward(View dx, ConstView dy, ConstView x, ConstView y,
                                   UnaryParams params, Write write) {
  with_float(dx.dtype, "unary_backward", [&]<class T>(T) {
    with_unary_op<T>(params, [&](auto op) {
      for (std::int64_t i = 0; i < dx.count(); ++i)
        put(dx.as<T>()[i], op.backward(dy.as<T>()[i], x.as<T>()[i], y.as<T>()[i]), write);
    });
  });
}

void RefBackend::do_binary(View y, ConstView a, ConstView b, BinaryOp op) {
  const Strides stride_a = strides_onto(a.shape, y.shape);
  const Strides stride_b = strides_onto(b.shape, y.shape);
  with_float(y.dtype, "binary", [&]<class T>(T) {
    with_binary_op<T>(op, [&](auto f) {
      for (std::int64_t i = 0; i < y.count(); ++i)
        y.as<T>()[i] = f(a.as<T>()[offset_of(i, y.shape, stride_a)],
                         b.as<T>()[offset_of(i, y.shape, stride_b)]);
    });
  });
}

}  // namespace hone::kernels
