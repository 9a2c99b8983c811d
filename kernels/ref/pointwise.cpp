// unary, unary_backward, binary, compare, where.
#include "kernels/pointwise.h"

#include "kernels/indexing.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

template <>
void RefBackend::implement(const verb::Unary& v) {
  with_float(v.y.dtype, "unary", [&]<class T>(T) {
    T* out = v.y.as<T>();       // y: any shape
    const T* in = v.x.as<T>();  // x: as y
    with_unary_op<T>(v.params, [&](auto op) {
      for (std::int64_t i = 0; i < v.y.count(); ++i) out[i] = op.forward(in[i]);
    });
  });
}

template <>
void RefBackend::implement(const verb::UnaryBackward& v) {
  with_float(v.dx.dtype, "unary_backward", [&]<class T>(T) {
    with_unary_op<T>(v.params, [&](auto op) {
      for (std::int64_t i = 0; i < v.dx.count(); ++i)
        put(v.dx.as<T>()[i], op.backward(v.dy.as<T>()[i], v.x.as<T>()[i], v.y.as<T>()[i]), v.write);
    });
  });
}

template <>
void RefBackend::implement(const verb::Binary& v) {
  const Strides stride_a = strides_onto(v.a.shape, v.y.shape);
  const Strides stride_b = strides_onto(v.b.shape, v.y.shape);
  with_float(v.y.dtype, "binary", [&]<class T>(T) {
    with_binary_op<T>(v.op, [&](auto f) {
      for (std::int64_t i = 0; i < v.y.count(); ++i)
        v.y.as<T>()[i] = f(v.a.as<T>()[offset_of(i, v.y.shape, stride_a)],
                           v.b.as<T>()[offset_of(i, v.y.shape, stride_b)]);
    });
  });
}

template <>
void RefBackend::implement(const verb::Compare& v) {
  const Strides stride_a = strides_onto(v.a.shape, v.y.shape);
  const Strides stride_b = strides_onto(v.b.shape, v.y.shape);
  with_dtype(v.a.dtype, [&]<class T>(T) {
    with_compare_op<T>(v.op, [&](auto holds, bool swapped) {
      for (std::int64_t i = 0; i < v.y.count(); ++i) {
        const T a = v.a.as<T>()[offset_of(i, v.y.shape, stride_a)];
        const T b = v.b.as<T>()[offset_of(i, v.y.shape, stride_b)];
        v.y.as<std::uint8_t>()[i] = swapped ? holds(b, a) : holds(a, b);
      }
    });
  });
}

template <>
void RefBackend::implement(const verb::Where& v) {
  const Strides stride_mask = strides_onto(v.mask.shape, v.y.shape);
  const Strides stride_a = strides_onto(v.a.shape, v.y.shape);
  const Strides stride_b = strides_onto(v.b.shape, v.y.shape);
  with_dtype(v.y.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < v.y.count(); ++i)
      v.y.as<T>()[i] = v.mask.as<std::uint8_t>()[offset_of(i, v.y.shape, stride_mask)] != 0
                           ? v.a.as<T>()[offset_of(i, v.y.shape, stride_a)]
                           : v.b.as<T>()[offset_of(i, v.y.shape, stride_b)];
  });
}

}  // namespace hone::kernels
