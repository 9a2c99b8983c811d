// Inverted dropout; the mask is recomputed in the backward, not stored.
#include "tensor/ops/check.h"

namespace hone::ops {

Tensor dropout(const Tensor& x, const Tensor& step, const DropoutParams& params) {
  Backend& backend = check_input("dropout", "x", x);
  check(params.p >= 0 && params.p <= 1, "dropout: p is {}, it must be 0 to 1", params.p);
  check(step.defined() && step.dtype() == DType::i32 && step.count() == 1,
        "dropout: step must be an i32 tensor [1]");
  check_on_device("dropout", "step", step);
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  backend.dropout(y.view(), x.view(), step.view(), params, Write::set);
  record("dropout", y, {x}, [x, step, params](const Tensor& dy) {
    const GradTarget dx = grad_target(x);
    current_backend().dropout(dx.view, dy.view(), step.view(), params, dx.write);
  });
  return y;
}

}  // namespace hone::ops
