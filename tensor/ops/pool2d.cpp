// Max- and average pooling, channels last.
#include "tensor/ops/check.h"
#include "tensor/ops/padding.h"

namespace hone::ops {
namespace {

// The shape of the output.
Shape checked_output(const char* op, const Shape& x, const Pool2dParams& params) {
  check(params.kernel >= 1 && params.kernel <= 16 && params.stride >= 1,
        "{}: kernel {} and stride {}; the kernel must be 1 to 16, the stride at least 1", op,
        params.kernel, params.stride);
  for (const int width : {params.pad_top, params.pad_bottom, params.pad_left, params.pad_right})
    check(width >= 0 && width < params.kernel,
          "{}: padding {} with kernel {}; it must be at least 0 and below the kernel", op, width,
          params.kernel);
  const Shape out{x[0], params.out_h(x[1]), params.out_w(x[2]), x[3]};
  check(x[1] >= 1 && x[2] >= 1 && out[1] >= 1 && out[2] >= 1,
        "{0}: a {1}x{1} window does not fit x {2}; use fewer pooling layers", op, params.kernel,
        x.str());
  return out;
}

}  // namespace

Pool2dParams pool2d_params(const char* op, const Shape& x, int kernel, int stride,
                           Padding padding) {
  Pool2dParams params{.kernel = kernel, .stride = stride};
  if (padding == Padding::same && kernel >= 1 && stride >= 1) {
    const auto [top, bottom] = same_padding(x[1], kernel, stride);
    const auto [left, right] = same_padding(x[2], kernel, stride);
    params.pad_top = top;
    params.pad_bottom = bottom;
    params.pad_left = left;
    params.pad_right = right;
  }
  checked_output(op, x, params);
  return params;
}

Tensor maxpool2d(const Tensor& x, const Pool2dParams& params) {
  Backend& backend = check_input("maxpool2d", "x", x);
  check_rank("maxpool2d", "x", x, 4, "[N, H, W, C]");
  const Shape out = checked_output("maxpool2d", x.shape(), params);
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

Tensor avgpool2d(const Tensor& x, const Pool2dParams& params) {
  Backend& backend = check_input("avgpool2d", "x", x);
  check_rank("avgpool2d", "x", x, 4, "[N, H, W, C]");
  Tensor y = Tensor::empty(checked_output("avgpool2d", x.shape(), params), x.dtype());
  backend.run(verb::AvgPool2dForward{.y = y.view(), .x = x.view(), .params = params});
  record("avgpool2d", y, {x}, [params](const Tensor& dy, InputGrads& grads) {
    const GradTarget dx = grads.target(0);
    current_backend().run(verb::AvgPool2dBackward{
        .dx = dx.view, .dy = dy.view(), .params = params, .write = dx.write});
  });
  return y;
}

}  // namespace hone::ops
