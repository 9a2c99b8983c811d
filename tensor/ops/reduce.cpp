// Sums and means over axes.
#include "tensor/ops/check.h"

namespace hone::ops {
namespace {

struct Axes {
  Shape kept;     // reduced axes have extent 1
  Shape dropped;  // reduced axes are gone
};

Axes reduced_shapes(const char* op, const Shape& x, const std::vector<int>& axes) {
  std::vector<bool> reduce(static_cast<std::size_t>(x.rank()), axes.empty());
  for (const int axis : axes) {
    const int a = axis < 0 ? axis + x.rank() : axis;
    check(a >= 0 && a < x.rank(), "{}: axis {} does not exist in shape {}", op, axis, x.str());
    check(!reduce[static_cast<std::size_t>(a)], "{}: axis {} is given twice", op, axis);
    reduce[static_cast<std::size_t>(a)] = true;
  }
  std::vector<std::int64_t> kept, dropped;
  for (int i = 0; i < x.rank(); ++i) {
    kept.push_back(reduce[static_cast<std::size_t>(i)] ? 1 : x[i]);
    if (!reduce[static_cast<std::size_t>(i)]) dropped.push_back(x[i]);
  }
  return {Shape(std::span<const std::int64_t>(kept)),
          Shape(std::span<const std::int64_t>(dropped))};
}

// `op` is the name that errors give.
Tensor summed(const char* op, const Tensor& x, const std::vector<int>& axes, bool keep_axes) {
  Backend& backend = check_input(op, "x", x);
  const Axes shapes = reduced_shapes(op, x.shape(), axes);
  Tensor y = Tensor::empty(keep_axes ? shapes.kept : shapes.dropped, x.dtype());
  View y_kept = y.view();
  y_kept.shape = shapes.kept;
  backend.run(verb::Reduce{.y = y_kept, .x = x.view(), .op = ReduceOp::sum, .write = Write::set});
  record("sum", y, {x}, [kept = shapes.kept](const Tensor& dy, InputGrads& grads) {
    const GradTarget dx = grads.target(0);
    current_backend().run(
        verb::BroadcastTo{.y = dx.view, .x = dy.viewed_as(kept).view(), .write = dx.write});
  });
  return y;
}

}  // namespace

Tensor sum(const Tensor& x, const std::vector<int>& axes, bool keep_axes) {
  return summed("sum", x, axes, keep_axes);
}

Tensor mean(const Tensor& x, const std::vector<int>& axes, bool keep_axes) {
  const Tensor total = summed("mean", x, axes, keep_axes);
  check(x.count() > 0, "mean: x has shape {}, there is nothing to average", x.shape().str());
  return scale(total, static_cast<double>(total.count()) / static_cast<double>(x.count()));
}

}  // namespace hone::ops
