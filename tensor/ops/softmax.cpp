// Softmax over the last axis.
#include "tensor/ops/check.h"

namespace hone::ops {

Tensor softmax(const Tensor& x) {
  Backend& backend = check_input("softmax", "x", x);
  check_rank("softmax", "x", x, 2, "[N, C]");
  check_classes("softmax", "x", x);
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  backend.softmax(y.view(), x.view());
  record("softmax", y, {x}, [x, y = y.detach()](const Tensor& dy) {
    const GradTarget dx = grad_target(x);
    current_backend().softmax_backward(dx.view, dy.view(), y.view(), dx.write);
  });
  return y;
}

}  // namespace hone::ops
