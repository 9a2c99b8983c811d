// The dense layer: matrix product, bias and ReLU in one verb.
#include "tensor/ops/check.h"

namespace hone::ops {

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const LinearParams& params) {
  Backend& backend = check_input("linear", "x", x);
  check_like("linear", "weight", weight, x);
  check_rank("linear", "x", x, 2, "[N, in] (use flatten first)");
  check_rank("linear", "weight", weight, 2, "[in, out]");
  check(x.shape()[1] == weight.shape()[0],
        "linear: weight expects {} inputs, x has {} (x {}, weight {})", weight.shape()[0],
        x.shape()[1], x.shape().str(), weight.shape().str());
  const std::int64_t out = weight.shape()[1];
  if (bias.defined()) {
    check_like("linear", "bias", bias, x);
    check(bias.shape() == Shape{out}, "linear: bias has shape {}, [{}] is needed",
          bias.shape().str(), out);
  }
  Tensor y = Tensor::empty(Shape{x.shape()[0], out}, x.dtype());
  const ConstView b = bias.defined() ? bias.cview() : ConstView();
  backend.linear_forward(y.view(), x.view(), weight.view(), b, params);
  record(
      "linear", y, {x, weight, bias}, [x, weight, bias, y = y.detach(), params](const Tensor& dy) {
        Backend& on = current_backend();
        if (wants_grad(weight) || wants_grad(bias)) {
          const ParameterGradients grads(weight, bias);
          on.linear_backward_weight(grads.weight, grads.bias, dy.view(), y.view(), x.view(), params,
                                    grads.write);
          grads.finish();
        }
        if (wants_grad(x)) {
          const GradTarget dx = grad_target(x);
          on.linear_backward_input(dx.view, dy.view(), y.view(), weight.view(), params, dx.write);
        }
      });
  return y;
}

}  // namespace hone::ops
