// Comparisons, the choice by a mask, and conversion between types.
#include "tensor/ops/check.h"

namespace hone::ops {
namespace {

void check_one_type(const char* op, const Tensor& a, const Tensor& b) {
  check_any(op, "a", a);
  check_any(op, "b", b);
  check(a.dtype() == b.dtype(), "{}: a holds {}, b {}; both need one type (see cast)", op,
        name_of(a.dtype()), name_of(b.dtype()));
}

Tensor compare(const char* name, const Tensor& a, const Tensor& b, CompareOp op) {
  check_one_type(name, a, b);
  Tensor y = Tensor::empty(broadcast_shapes(name, a.shape(), b.shape()), DType::u8);
  current_backend().run(verb::Compare{.y = y.view(), .a = a.view(), .b = b.view(), .op = op});
  return y;
}

}  // namespace

Tensor equal(const Tensor& a, const Tensor& b) { return compare("equal", a, b, CompareOp::equal); }
Tensor not_equal(const Tensor& a, const Tensor& b) {
  return compare("not_equal", a, b, CompareOp::not_equal);
}
Tensor less(const Tensor& a, const Tensor& b) { return compare("less", a, b, CompareOp::less); }
Tensor less_equal(const Tensor& a, const Tensor& b) {
  return compare("less_equal", a, b, CompareOp::less_equal);
}
Tensor greater(const Tensor& a, const Tensor& b) {
  return compare("greater", a, b, CompareOp::greater);
}
Tensor greater_equal(const Tensor& a, const Tensor& b) {
  return compare("greater_equal", a, b, CompareOp::greater_equal);
}

Tensor where(const Tensor& mask, const Tensor& a, const Tensor& b) {
  Backend& backend = check_any("where", "mask", mask);
  check(mask.dtype() == DType::u8, "where: mask holds {}, u8 is needed, as comparisons give it",
        name_of(mask.dtype()));
  check_one_type("where", a, b);
  const Shape shape =
      broadcast_shapes("where", mask.shape(), broadcast_shapes("where", a.shape(), b.shape()));
  Tensor y = Tensor::empty(shape, a.dtype());
  backend.run(verb::Where{.y = y.view(), .mask = mask.view(), .a = a.view(), .b = b.view()});
  record("where", y, {a, b}, [mask](const Tensor& dy, InputGrads& grads) {
    const Tensor zero = Tensor::zeros(Shape{}, dy.dtype());
    if (grads.wanted(0)) add_summed(grads, 0, where(mask, dy, zero));
    if (grads.wanted(1)) add_summed(grads, 1, where(mask, zero, dy));
  });
  return y;
}

Tensor cast(const Tensor& x, DType dtype) {
  Backend& backend = check_any("cast", "x", x);
  check(dtype != DType::f64 || backend.device().supports_f64(),
        "cast: f64 runs on ref only, the bound backend computes on {}", backend.device().name());
  if (x.dtype() == dtype) return x;
  Tensor y = Tensor::empty(x.shape(), dtype);
  backend.run(verb::Cast{.y = y.view(), .x = x.view()});
  const bool floating = dtype == DType::f32 || dtype == DType::f64;
  if (floating && wants_grad(x))
    record("cast", y, {x},
           [](const Tensor& dy, InputGrads& grads) { grads.give(0, cast(dy, grads.dtype(0))); });
  return y;
}

}  // namespace hone::ops
