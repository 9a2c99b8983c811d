// The greatest and least along axes, and where they are. The first one wins, and takes the
// gradient.
#include <algorithm>

#include "tensor/ops/check.h"

namespace hone::ops {
namespace {

void check_not_empty(const char* op, const Tensor& x, std::int64_t n) {
  check(n >= 1, "{}: x has shape {}, there is nothing to choose from along these axes", op,
        x.shape().str());
}

// i32 [outer, inner] from x seen as [outer, n, inner].
Tensor arg_reduced(const Tensor& x, const Around& a, ArgReduceOp op) {
  Tensor index = Tensor::empty(Shape{a.outer, a.inner}, DType::i32);
  current_backend().run(verb::ArgReduce{.y = index.view(), .x = as_view(x, a.with(a.n)), .op = op});
  return index;
}

// [outer, inner] from x: [outer, n, inner].
Tensor middle_extreme(const char* name, const Tensor& x, ArgReduceOp op) {
  const Around a(x.shape(), 1);
  const Tensor index = arg_reduced(x, a, op);
  Tensor y = Tensor::empty(Shape{a.outer, a.inner}, x.dtype());
  current_backend().run(
      verb::Gather{.y = as_view(y, a.with(1)), .x = x.view(), .index = as_view(index, a.with(1))});
  record(name, y, {x}, [index, a](const Tensor& dy, InputGrads& grads) {
    const GradTarget dx = grads.target(0);
    current_backend().run(verb::ScatterAdd{.y = dx.view,
                                           .x = as_view(dy, a.with(1)),
                                           .index = as_view(index, a.with(1)),
                                           .write = dx.write});
  });
  return y;
}

// Reduces over `axes`: those that stay before the first of them, all of them as one, the others.
Tensor extreme(const char* name, const Tensor& x, const std::vector<int>& axes, bool keep_axes,
               ArgReduceOp op) {
  check_input(name, "x", x);
  const ReducedShapes shapes(name, x.shape(), axes);
  std::vector<int> order;
  int first = x.shape().rank();
  std::int64_t n = 1;
  for (int i = 0; i < x.shape().rank(); ++i)
    if (shapes.reduces(i)) {
      first = std::min(first, i);
      n *= x.shape()[i];
    }
  check_not_empty(name, x, n);
  for (int i = 0; i < first; ++i) order.push_back(i);
  for (int i = first; i < x.shape().rank(); ++i)
    if (shapes.reduces(i)) order.push_back(i);
  for (int i = first; i < x.shape().rank(); ++i)
    if (!shapes.reduces(i)) order.push_back(i);
  const Tensor moved = std::is_sorted(order.begin(), order.end()) ? x : transpose(x, order);
  std::int64_t outer = 1;
  for (int i = 0; i < first; ++i) outer *= x.shape()[i];
  const std::int64_t inner = outer == 0 ? 0 : x.count() / (outer * n);
  const Tensor y = middle_extreme(name, reshape(moved, {outer, n, inner}), op);
  return reshape(y, shapes.extents(keep_axes));
}

Tensor place(const char* name, const Tensor& x, int axis, bool keep_axis, ArgReduceOp op) {
  check_any(name, "x", x);
  const int a = checked_axis(name, axis, x.shape());
  const Around around(x.shape(), a);
  check_not_empty(name, x, around.n);
  const Tensor index = arg_reduced(x, around, op);
  return index.viewed_as(keep_axis ? x.shape().with(a, 1) : x.shape().without(a));
}

}  // namespace

Tensor max(const Tensor& x, const std::vector<int>& axes, bool keep_axes) {
  return extreme("max", x, axes, keep_axes, ArgReduceOp::max);
}
Tensor min(const Tensor& x, const std::vector<int>& axes, bool keep_axes) {
  return extreme("min", x, axes, keep_axes, ArgReduceOp::min);
}
Tensor argmax(const Tensor& x, int axis, bool keep_axis) {
  return place("argmax", x, axis, keep_axis, ArgReduceOp::max);
}
Tensor argmin(const Tensor& x, int axis, bool keep_axis) {
  return place("argmin", x, axis, keep_axis, ArgReduceOp::min);
}

}  // namespace hone::ops
