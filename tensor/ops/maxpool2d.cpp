// Max-pooling, channels last.
#include "tensor/ops/check.h"

namespace hone::ops {

Tensor maxpool2d(const Tensor& x, const Pool2dParams& params) {
  Backend& backend = check_input("maxpool2d", "x", x);
  check_rank("maxpool2d", "x", x, 4, "[N, H, W, C]");
  check(params.kernel >= 1 && params.kernel <= 16 && params.stride >= 1,
        "maxpool2d: kernel {} and stride {}; the kernel must be 1 to 16, the stride at least 1",
        params.kernel, params.stride);
  const Shape out{x.shape()[0], params.out(x.shape()[1]), params.out(x.shape()[2]), x.shape()[3]};
  check(out[1] >= 1 && out[2] >= 1,
        "maxpool2d: a {0}x{0} window does not fit x {1}; use fewer pooling layers", params.kernel,
        x.shape().str());
  Tensor y = Tensor::empty(out, x.dtype());
  const Tensor argmax = Tensor::empty(out, DType::u8);
  backend.run(verb::MaxPool2dForward{
      .y = y.view(), .argmax = argmax.view(), .x = x.view(), .params = params});
  record("maxpool2d", y, {x}, [argmax, params](const Tensor& dy, InputGrads& grads) {
    const GradTarget dx = grads.target(0);
    current_backend().run(verb::MaxPool2dBackward{.dx = dx.view,
                                                  .dy = dy.view(),
                                                  .argmax = argmax.view(),
                                                  .params = params,
                                                  .write = dx.write});
  });
  return y;
}

}  // namespace hone::ops
