// Pointwise ops of one tensor.
#include "tensor/ops/check.h"

namespace hone::ops {
namespace {

// What the gradient of an operation reads beside dy.
enum class Reads { nothing, input, output };

Reads reads_of(UnaryOp op) {
  switch (op) {
    case UnaryOp::negate:
    case UnaryOp::scale:
    case UnaryOp::shift:
      return Reads::nothing;
    case UnaryOp::log:
    case UnaryOp::square:
    case UnaryOp::abs:
      return Reads::input;
    case UnaryOp::exp:
    case UnaryOp::sqrt:
    case UnaryOp::relu:
    case UnaryOp::sigmoid:
    case UnaryOp::tanh:
      return Reads::output;
  }
  return Reads::nothing;
}

Tensor unary(const char* name, const Tensor& x, UnaryParams params) {
  Backend& backend = check_input(name, "x", x);
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  backend.run(verb::Unary{.y = y.view(), .x = x.view(), .params = params});
  const Reads reads = reads_of(params.op);
  record(name, y, {x},
         [x = saved_if(reads == Reads::input, x), y = saved_if(reads == Reads::output, y.detach()),
          params](const Tensor& dy, InputGrads& grads) {
           const GradTarget dx = grads.target(0);
           current_backend().run(verb::UnaryBackward{.dx = dx.view,
                                                     .dy = dy.view(),
                                                     .x = (x.defined() ? x : dy).view(),
                                                     .y = (y.defined() ? y : dy).view(),
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
