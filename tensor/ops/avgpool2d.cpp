// Average pooling, channels last.
#include "tensor/ops/check.h"

namespace hone::ops {

Tensor avgpool2d(const Tensor& x, const Pool2dParams& params) {
  Backend& backend = check_input("avgpool2d", "x", x);
  check_rank("avgpool2d", "x", x, 4, "[N, H, W, C]");
  check(params.kernel >= 1 && params.kernel <= 16 && params.stride >= 1,
        "avgpool2d: kernel {} and stride {}; the kernel must be 1 to 16, the stride at least 1",
        params.kernel, params.stride);
  const Shape out{x.shape()[0], params.out(x.shape()[1]), params.out(x.shape()[2]), x.shape()[3]};
  check(out[1] >= 1 && out[2] >= 1,
        "avgpool2d: a {0}x{0} window does not fit x {1}; use fewer pooling layers", params.kernel,
        x.shape().str());
  Tensor y = Tensor::empty(out, x.dtype());
  backend.run(verb::AvgPool2dForward{.y = y.view(), .x = x.view(), .params = params});
  record("avgpool2d", y, {x}, [params](const Tensor& dy, InputGrads& grads) {
    const GradTarget dx = grads.target(0);
    current_backend().run(verb::AvgPool2dBackward{
        .dx = dx.view, .dy = dy.view(), .params = params, .write = dx.write});
  });
  return y;
}

}  // namespace hone::ops
