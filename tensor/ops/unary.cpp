// Pointwise ops of one tensor.
#include "tensor/ops/check.h"

namespace hone::ops {
namespace {

Tensor unary(const char* name, const Tensor& x, UnaryParams params) {
  Backend& backend = check_input(name, "x", x);
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  backend.run(verb::Unary{.y = y.view(), .x = x.view(), .params = params});
  record(name, y, {x}, [x, y = y.detach(), params](const Tensor& dy) {
    const GradTarget dx = grad_target(x);
    current_backend().run(verb::UnaryBackward{.dx = dx.view,
                                              .dy = dy.view(),
                                              .x = x.view(),
                                              .y = y.view(),
                                              .params = params,
                                              .write = dx.write});
  });
  return y;
}

}  // namespace

Tensor negate(const Tensor& x) { return unary("negate", x, {.op = UnaryOp::negate}); }
Tensor exp(const Tensor& x) { return unary("exp", x, {.op = UnaryOp::exp}); }
Tensor log(const Tensor& x) { return unary("log", x, {.op = UnaryOp::log}); }
Tensor sqrt(const Tensor& x) { return unary("sqrt", x, {.op = UnaryOp::sqrt}); }
Tensor square(const Tensor& x) { return unary("square", x, {.op = UnaryOp::square}); }
Tensor abs(const Tensor& x) { return unary("abs", x, {.op = UnaryOp::abs}); }
Tensor relu(const Tensor& x) { return unary("relu", x, {.op = UnaryOp::relu}); }
Tensor sigmoid(const Tensor& x) { return unary("sigmoid", x, {.op = UnaryOp::sigmoid}); }
Tensor tanh(const Tensor& x) { return unary("tanh", x, {.op = UnaryOp::tanh}); }
Tensor scale(const Tensor& x, double factor) {
  return unary("scale", x, {.op = UnaryOp::scale, .alpha = factor});
}
Tensor shift(const Tensor& x, double summand) {
  return unary("shift", x, {.op = UnaryOp::shift, .alpha = summand});
}

}  // namespace hone::ops
