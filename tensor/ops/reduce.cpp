// Sums, means and what is made of them, over axes.
#include <limits>

#include "tensor/ops/check.h"

namespace hone::ops {
namespace {

// `op` is the name that errors give.
Tensor summed(const char* op, const Tensor& x, const std::vector<int>& axes, bool keep_axes) {
  Backend& backend = check_input(op, "x", x);
  const ReducedShapes shapes(op, x.shape(), axes);
  const Shape kept = shapes.shape(true);
  Tensor y = Tensor::empty(shapes.shape(keep_axes), x.dtype());
  backend.run(
      verb::Reduce{.y = as_view(y, kept), .x = x.view(), .op = ReduceOp::sum, .write = Write::set});
  record("sum", y, {x}, [kept](const Tensor& dy, InputGrads& grads) {
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

Tensor variance(const Tensor& x, const std::vector<int>& axes, bool keep_axes, bool unbiased) {
  check_input("variance", "x", x);
  const Tensor distance = subtract(x, mean(x, axes, true));
  const Tensor squares = sum(square(distance), axes, keep_axes);
  const double n = static_cast<double>(x.count()) / static_cast<double>(squares.count());
  check(!unbiased || n > 1,
        "variance: x has shape {}, an unbiased variance needs two values along these axes",
        x.shape().str());
  return scale(squares, 1 / (unbiased ? n - 1 : n));
}

Tensor logsumexp(const Tensor& x, const std::vector<int>& axes, bool keep_axes) {
  check_input("logsumexp", "x", x);
  const ReducedShapes shapes("logsumexp", x.shape(), axes);
  Tensor largest;
  {
    // Finite, so that infinities give what they should. Its gradient cancels out.
    const NoGrad no_grad;
    const double most = static_cast<double>(std::numeric_limits<float>::max());
    largest = clamp(max(x, axes, true), -most, most);
  }
  const Tensor y = log(sum(exp(subtract(x, largest)), axes, true));
  return reshape(add(y, largest), shapes.extents(keep_axes));
}

Tensor norm(const Tensor& x, const std::vector<int>& axes, bool keep_axes) {
  check_input("norm", "x", x);
  const ReducedShapes shapes("norm", x.shape(), axes);
  const Shape kept = shapes.shape(true);
  Tensor y;
  {
    const NoGrad no_grad;
    y = sqrt(sum(square(x), axes, keep_axes));
  }
  record("norm", y, {x}, [x, y = y.viewed_as(kept), kept](const Tensor& dy, InputGrads& grads) {
    // x / y, and 0 where the norm is 0.
    const Tensor zero = Tensor::zeros(Shape{}, dy.dtype());
    const Tensor rate = where(greater(y, zero), divide(dy.viewed_as(kept), y), zero);
    grads.give(0, multiply(x, rate));
  });
  return y;
}

}  // namespace hone::ops
