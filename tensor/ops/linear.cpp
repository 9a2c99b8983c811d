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
  const bool for_parameters = wants_grad(weight) || wants_grad(bias);
  record("linear", y, {x, weight, bias},
         [x = saved_if(for_parameters, x), weight = saved_if(wants_grad(x), weight),
          y = saved_if(params.relu, y.detach()), params](const Tensor& dy, InputGrads& grads) {
           Backend& on = current_backend();
           const ConstView mask = params.relu ? y.cview() : dy.cview();
           if (grads.wanted(1) || grads.wanted(2)) {
             const ParameterGradients to(grads, 1, 2);
             on.run(verb::LinearBackwardWeight{.dw = to.weight,
                                               .db = to.bias,
                                               .dy = dy.view(),
                                               .y = mask,
                                               .x = x.view(),
                                               .params = params,
                                               .write = to.write});
             to.finish();
           }
           if (grads.wanted(0)) {
             const GradTarget dx = grads.target(0);
             on.run(verb::LinearBackwardInput{.dx = dx.view,
                                              .dy = dy.view(),
                                              .y = mask,
                                              .w = weight.view(),
                                              .params = params,
                                              .write = dx.write});
           }
         });
  return y;
}

}  // namespace hone::ops
