// unary, unary_backward, binary, compare, where: the functors of kernels/pointwise.h, one element a
// thread.
#include "kernels/cuda/verb_file.h"

namespace hone::kernels {
namespace {

template <class Op>
__global__ void unary_kernel(Each<float> y, Each<const float> x, std::int64_t count, Op op) {
  device::for_each(count, [=](std::int64_t i) { y[i] = op.forward(x[i]); });
}

template <class Op>
__global__ void unary_backward_kernel(Each<float> dx, Each<const float> dy, Each<const float> x,
                                      Each<const float> y, std::int64_t count, Op op, Write write) {
  device::for_each(count,
                   [=](std::int64_t i) { put(dx[i], op.backward(dy[i], x[i], y[i]), write); });
}

template <class Op>
__global__ void binary_kernel(Each<float> y, Each<const float> a, Each<const float> b,
                              std::int64_t count, Layout<2> layout, Op op) {
  device::for_each(count, [=](std::int64_t i) {
    const auto at = layout(i);
    y[i] = op(a[at.of[0]], b[at.of[1]]);
  });
}

template <class T, class Holds>
__global__ void compare_kernel(Each<std::uint8_t> y, Each<const T> a, Each<const T> b,
                               std::int64_t count, Layout<2> layout, Holds holds, bool swapped) {
  device::for_each(count, [=](std::int64_t i) {
    const auto at = layout(i);
    const T left = a[at.of[0]], right = b[at.of[1]];
    y[i] = (swapped ? holds(right, left) : holds(left, right)) ? 1 : 0;
  });
}

template <class T>
__global__ void where_kernel(Each<T> y, Each<const std::uint8_t> mask, Each<const T> a,
                             Each<const T> b, std::int64_t count, Layout<3> layout) {
  device::for_each(count, [=](std::int64_t i) {
    const auto at = layout(i);
    y[i] = mask[at.of[0]] != 0 ? a[at.of[1]] : b[at.of[2]];
  });
}

}  // namespace

template <>
void CudaBackend::implement(const verb::Unary& v) {
  require_f32(v.y.dtype, "unary");
  with_unary_op<float>(v.params, [&](auto op) {
    launch_each(stream(), "unary", v.y.count(), unary_kernel<decltype(op)>, each<float>(v.y),
                each<float>(v.x), v.y.count(), op);
  });
}

template <>
void CudaBackend::implement(const verb::UnaryBackward& v) {
  require_f32(v.dx.dtype, "unary_backward");
  with_unary_op<float>(v.params, [&](auto op) {
    launch_each(stream(), "unary_backward", v.dx.count(), unary_backward_kernel<decltype(op)>,
                each<float>(v.dx), each<float>(v.dy), each<float>(v.x), each<float>(v.y),
                v.dx.count(), op, v.write);
  });
}

template <>
void CudaBackend::implement(const verb::Binary& v) {
  require_f32(v.y.dtype, "binary");
  const Layout<2> layout(v.y.shape, strides_onto(v.a.shape, v.y.shape),
                         strides_onto(v.b.shape, v.y.shape));
  with_binary_op<float>(v.op, [&](auto op) {
    launch_each(stream(), "binary", v.y.count(), binary_kernel<decltype(op)>, each<float>(v.y),
                each<float>(v.a), each<float>(v.b), v.y.count(), layout, op);
  });
}

template <>
void CudaBackend::implement(const verb::Compare& v) {
  const Layout<2> layout(v.y.shape, strides_onto(v.a.shape, v.y.shape),
                         strides_onto(v.b.shape, v.y.shape));
  with_dtype(v.a.dtype, [&](auto zero) {
    using T = decltype(zero);
    with_compare_op<T>(v.op, [&](auto holds, bool swapped) {
      launch_each(stream(), "compare", v.y.count(), compare_kernel<T, decltype(holds)>,
                  each<std::uint8_t>(v.y), each<T>(v.a), each<T>(v.b), v.y.count(), layout, holds,
                  swapped);
    });
  });
}

template <>
void CudaBackend::implement(const verb::Where& v) {
  const Layout<3> layout(v.y.shape, strides_onto(v.mask.shape, v.y.shape),
                         strides_onto(v.a.shape, v.y.shape), strides_onto(v.b.shape, v.y.shape));
  with_dtype(v.y.dtype, [&](auto zero) {
    using T = decltype(zero);
    launch_each(stream(), "where", v.y.count(), where_kernel<T>, each<T>(v.y),
                each<std::uint8_t>(v.mask), each<T>(v.a), each<T>(v.b), v.y.count(), layout);
  });
}

}  // namespace hone::kernels
