// Softmax and its logarithm over any axis.
#include "tensor/ops/check.h"

namespace hone::ops {
namespace {

// x: [N, C]
Tensor softmax_rows(const char* name, const Tensor& x, SoftmaxParams params) {
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  current_backend().run(verb::Softmax{.y = y.view(), .x = x.view(), .params = params});
  record(name, y, {x}, [y = y.detach(), params](const Tensor& dy, InputGrads& grads) {
    const GradTarget dx = grads.target(0);
    current_backend().run(verb::SoftmaxBackward{
        .dx = dx.view, .dy = dy.view(), .y = y.view(), .params = params, .write = dx.write});
  });
  return y;
}

Tensor softmax_of(const char* name, const Tensor& x, int axis, SoftmaxParams params) {
  check_input(name, "x", x);
  const int a = checked_axis(name, axis, x.shape()), last = x.shape().rank() - 1;
  check_classes(name, "x", x, a);
  if (a == last && last == 1) return softmax_rows(name, x, params);
  std::vector<int> order;  // the axis and the last one change places
  for (int i = 0; i <= last; ++i) order.push_back(i == a ? last : i == last ? a : i);
  const Tensor moved = a == last ? x : transpose(x, order);
  const std::int64_t classes = x.shape()[a];
  const Tensor rows = reshape(moved, {x.count() / classes, classes});
  const Shape& shape = moved.shape();
  const Tensor y = reshape(softmax_rows(name, rows, params), {shape.begin(), shape.end()});
  return a == last ? y : transpose(y, order);
}

}  // namespace

Tensor softmax(const Tensor& x, int axis) { return softmax_of("softmax", x, axis, {}); }

Tensor log_softmax(const Tensor& x, int axis) {
  return softmax_of("log_softmax", x, axis, {.log = true});
}

}  // namespace hone::ops
