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
    case UnaryOp::log1p:
    case UnaryOp::gelu:
    case UnaryOp::gelu_tanh:
    case UnaryOp::silu:
    case UnaryOp::leaky_relu:
    case UnaryOp::elu:
    case UnaryOp::softplus:
    case UnaryOp::clamp:
    case UnaryOp::pow:
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
Tensor log1p(const Tensor& x) { return unary("log1p", x, {.op = UnaryOp::log1p}); }
Tensor gelu(const Tensor& x) { return unary("gelu", x, {.op = UnaryOp::gelu}); }
Tensor gelu_tanh(const Tensor& x) { return unary("gelu_tanh", x, {.op = UnaryOp::gelu_tanh}); }
Tensor silu(const Tensor& x) { return unary("silu", x, {.op = UnaryOp::silu}); }
Tensor softplus(const Tensor& x) { return unary("softplus", x, {.op = UnaryOp::softplus}); }
Tensor leaky_relu(const Tensor& x, double slope) {
  return unary("leaky_relu", x, {.op = UnaryOp::leaky_relu, .alpha = slope});
}
Tensor elu(const Tensor& x, double alpha) {
  return unary("elu", x, {.op = UnaryOp::elu, .alpha = alpha});
}
Tensor clamp(const Tensor& x, double low, double high) {
  check(low <= high, "clamp: low is {}, high {}; low must not be above high", low, high);
  return unary("clamp", x, {.op = UnaryOp::clamp, .alpha = low, .beta = high});
}
Tensor pow(const Tensor& x, double exponent) {
  return unary("pow", x, {.op = UnaryOp::pow, .alpha = exponent});
}
Tensor scale(const Tensor& x, double factor) {
  return unary("scale", x, {.op = UnaryOp::scale, .alpha = factor});
}
Tensor shift(const Tensor& x, double summand) {
  return unary("shift", x, {.op = UnaryOp::shift, .alpha = summand});
}

}  // namespace hone::ops
