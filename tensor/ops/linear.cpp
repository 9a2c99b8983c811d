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
  backend.run(verb::LinearForward{
      .y = y.view(), .x = x.view(), .w = weight.view(), .b = b, .params = params});
  record("linear", y, {x, weight, bias},
         [x, weight, bias, y = y.detach(), params](const Tensor& dy) {
           Backend& on = current_backend();
           if (wants_grad(weight) || wants_grad(bias)) {
             const ParameterGradients grads(weight, bias);
             on.run(verb::LinearBackwardWeight{.dw = grads.weight,
                                               .db = grads.bias,
                                               .dy = dy.view(),
                                               .y = y.view(),
                                               .x = x.view(),
                                               .params = params,
                                               .write = grads.write});
             grads.finish();
           }
           if (wants_grad(x)) {
             const GradTarget dx = grad_target(x);
             on.run(verb::LinearBackwardInput{.dx = dx.view,
                                              .dy = dy.view(),
                                              .y = y.view(),
                                              .w = weight.view(),
                                              .params = params,
                                              .write = dx.write});
           }
         });
  return y;
}

}  // namespace hone::ops
