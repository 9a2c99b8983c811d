// Arithmetic of two tensors with broadcasting.
#include "tensor/ops/check.h"

namespace hone::ops {
namespace {

// The shape with axes of extent 1 put in front, up to `rank`.
Shape with_rank(const Shape& shape, int rank) {
  std::vector<std::int64_t> extents(static_cast<std::size_t>(rank - shape.rank()), 1);
  extents.insert(extents.end(), shape.begin(), shape.end());
  return Shape(std::span<const std::int64_t>(extents));
}

Tensor combine(const Tensor& a, const Tensor& b, const Shape& shape, BinaryOp op) {
  Tensor y = Tensor::empty(shape, a.dtype());
  current_backend().run(verb::Binary{.y = y.view(), .a = a.view(), .b = b.view(), .op = op});
  return y;
}

Tensor checked(const char* name, const Tensor& a, const Tensor& b, BinaryOp op) {
  check_input(name, "a", a);
  check_like(name, "b", b, a);
  return combine(a, b, broadcast_shapes(name, a.shape(), b.shape()), op);
}

// The gradient goes to the input that was taken; a tie gives all of it to a.
Tensor extreme(const char* name, const Tensor& a, const Tensor& b, BinaryOp op, CompareOp takes_a) {
  Tensor y = checked(name, a, b, op);
  if (!wants_grad(a) && !wants_grad(b)) return y;
  const Tensor from_a = Tensor::empty(y.shape(), DType::u8);
  current_backend().run(
      verb::Compare{.y = from_a.view(), .a = a.view(), .b = b.view(), .op = takes_a});
  record(name, y, {a, b}, [from_a](const Tensor& dy, InputGrads& grads) {
    const Tensor zero = Tensor::zeros(Shape{}, dy.dtype());
    if (grads.wanted(0)) add_summed(grads, 0, where(from_a, dy, zero));
    if (grads.wanted(1)) add_summed(grads, 1, where(from_a, zero, dy));
  });
  return y;
}

}  // namespace

void add_summed(InputGrads& grads, std::size_t i, const Tensor& dy) {
  const GradTarget target = grads.target(i);
  View view = target.view;
  view.shape = with_rank(view.shape, dy.shape().rank());
  if (view.shape == dy.shape()) {
    current_backend().run(verb::Copy{.y = view, .x = dy.view(), .write = target.write});
  } else {
    current_backend().run(
        verb::Reduce{.y = view, .x = dy.view(), .op = ReduceOp::sum, .write = target.write});
  }
}

Tensor maximum(const Tensor& a, const Tensor& b) {
  return extreme("maximum", a, b, BinaryOp::maximum, CompareOp::greater_equal);
}

Tensor minimum(const Tensor& a, const Tensor& b) {
  return extreme("minimum", a, b, BinaryOp::minimum, CompareOp::less_equal);
}

Tensor add(const Tensor& a, const Tensor& b) {
  Tensor y = checked("add", a, b, BinaryOp::add);
  record("add", y, {a, b}, [](const Tensor& dy, InputGrads& grads) {
    if (grads.wanted(0)) add_summed(grads, 0, dy);
    if (grads.wanted(1)) add_summed(grads, 1, dy);
  });
  return y;
}

Tensor subtract(const Tensor& a, const Tensor& b) {
  Tensor y = checked("subtract", a, b, BinaryOp::subtract);
  record("subtract", y, {a, b}, [](const Tensor& dy, InputGrads& grads) {
    if (grads.wanted(0)) add_summed(grads, 0, dy);
    if (grads.wanted(1)) add_summed(grads, 1, scale(dy, -1));
  });
  return y;
}

Tensor multiply(const Tensor& a, const Tensor& b) {
  Tensor y = checked("multiply", a, b, BinaryOp::multiply);
  const Tensor kept_a = saved_if(wants_grad(b), a), kept_b = saved_if(wants_grad(a), b);
  record("multiply", y, {a, b}, [a = kept_a, b = kept_b](const Tensor& dy, InputGrads& grads) {
    if (grads.wanted(0)) add_summed(grads, 0, combine(dy, b, dy.shape(), BinaryOp::multiply));
    if (grads.wanted(1)) add_summed(grads, 1, combine(dy, a, dy.shape(), BinaryOp::multiply));
  });
  return y;
}

Tensor divide(const Tensor& a, const Tensor& b) {
  Tensor y = checked("divide", a, b, BinaryOp::divide);
  record("divide", y, {a, b},
         [b, y = saved_if(wants_grad(b), y.detach())](const Tensor& dy, InputGrads& grads) {
           // d(a/b)/da = 1/b and d(a/b)/db = -(a/b)/b
           const Tensor dy_over_b = combine(dy, b, dy.shape(), BinaryOp::divide);
           if (grads.wanted(0)) add_summed(grads, 0, dy_over_b);
           if (grads.wanted(1))
             add_summed(grads, 1, scale(combine(dy_over_b, y, dy.shape(), BinaryOp::multiply), -1));
         });
  return y;
}

}  // namespace hone::ops
