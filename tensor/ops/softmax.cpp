// Softmax over the last axis.
#include "tensor/ops/check.h"

namespace hone::ops {

Tensor softmax(const Tensor& x) {
  Backend& backend = check_input("softmax", "x", x);
  check_rank("softmax", "x", x, 2, "[N, C]");
  check_classes("softmax", "x", x);
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  backend.run(verb::Softmax{.y = y.view(), .x = x.view()});
  record("softmax", y, {x}, [y = y.detach()](const Tensor& dy, InputGrads& grads) {
    const GradTarget dx = grads.target(0);
    current_backend().run(
        verb::SoftmaxBackward{.dx = dx.view, .dy = dy.view(), .y = y.view(), .write = dx.write});
  });
  return y;
}

}  // namespace hone::ops
