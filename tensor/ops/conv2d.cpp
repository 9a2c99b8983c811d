// The convolution block: cross-correlation, bias, ReLU and 2x2 max-pooling in one verb.
#include <tuple>

#include "tensor/ops/check.h"
#include "tensor/ops/padding.h"

namespace hone::ops {
namespace {

void check_shapes(const Tensor& x, const Tensor& weight, const Tensor& bias, int groups) {
  check_input("conv2d", "x", x);
  check_like("conv2d", "weight", weight, x);
  check_rank("conv2d", "x", x, 4, "[N, H, W, C]");
  check_rank("conv2d", "weight", weight, 4, "[Cout, KH, KW, Cin]");
  check(groups >= 1 && x.shape()[3] % groups == 0 && weight.shape()[0] % groups == 0,
        "conv2d: {} groups, x has {} channels and the output {}; both must be multiples of the "
        "groups (x {}, weight {})",
        groups, x.shape()[3], weight.shape()[0], x.shape().str(), weight.shape().str());
  check(x.shape()[3] / groups == weight.shape()[3],
        "conv2d: weight expects {} input channels{}, x has {} (x {}, weight {}); channels are the "
        "last axis of x",
        weight.shape()[3], groups > 1 ? fmt::format(" in each of {} groups", groups) : "",
        x.shape()[3], x.shape().str(), weight.shape().str());
  if (bias.defined()) {
    check_like("conv2d", "bias", bias, x);
    check(bias.shape() == Shape{weight.shape()[0]}, "conv2d: bias has shape {}, [{}] is needed",
          bias.shape().str(), weight.shape()[0]);
  }
}

}  // namespace

Conv2dParams conv2d_params(const Shape& x, const Shape& weight, const Conv2dOptions& options) {
  constexpr std::int64_t kMost = 1 << 20;
  check(options.stride >= 1 && options.stride <= kMost,
        "conv2d: stride is {}, it must be at least 1 and at most 2^20", options.stride);
  check(weight[1] <= kMost && weight[2] <= kMost,
        "conv2d: a {}x{} kernel is too large, 2^20 is the most (weight {})", weight[1], weight[2],
        weight.str());
  check(options.dilation >= 1 && options.dilation <= kMost,
        "conv2d: dilation is {}, it must be at least 1 and at most 2^20", options.dilation);
  Conv2dParams params{.kernel_h = static_cast<int>(weight[1]),
                      .kernel_w = static_cast<int>(weight[2]),
                      .stride_h = options.stride,
                      .stride_w = options.stride,
                      .dilation_h = options.dilation,
                      .dilation_w = options.dilation,
                      .groups = options.groups,
                      .relu = options.relu,
                      .pool = options.pool};
  if (options.padding == Padding::same) {
    std::tie(params.pad_top, params.pad_bottom) =
        same_padding(x[1], params.reach_h(), options.stride);
    std::tie(params.pad_left, params.pad_right) =
        same_padding(x[2], params.reach_w(), options.stride);
  }
  const bool fits = weight[1] >= 1 && weight[2] >= 1 &&
                    x[1] + params.pad_top + params.pad_bottom >= params.reach_h() &&
                    x[2] + params.pad_left + params.pad_right >= params.reach_w();
  check(fits && params.out_h(x[1]) >= 1 && params.out_w(x[2]) >= 1,
        "conv2d: nothing is left of x {} after a {}x{} kernel with stride {}{}; use fewer or "
        "smaller layers, or "
        "'same' padding",
        x.str(), weight[1], weight[2], options.stride, options.pool ? " and 2x2 pooling" : "");
  return params;
}

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv2dOptions& options) {
  check_shapes(x, weight, bias, options.groups);
  const Conv2dParams params = conv2d_params(x.shape(), weight.shape(), options);
  const Shape out{x.shape()[0], params.out_h(x.shape()[1]), params.out_w(x.shape()[2]),
                  weight.shape()[0]};
  Tensor y = Tensor::empty(out, x.dtype());
  const Tensor argmax = params.pool ? Tensor::empty(out, DType::u8) : Tensor();
  const View argmax_view = params.pool ? argmax.view() : View{};
  const ConstView b = bias.defined() ? bias.cview() : ConstView();
  current_backend().run(verb::Conv2dForward{.y = y.view(),
                                            .argmax = argmax_view,
                                            .x = x.view(),
                                            .w = weight.view(),
                                            .b = b,
                                            .params = params});
  // Saved: x, one byte of arg-max per pooled value and, for ReLU's mask, the (pooled) y; the
  // convolution's own output is not.
  const bool for_parameters = wants_grad(weight) || wants_grad(bias);
  record("conv2d", y, {x, weight, bias},
         [x = saved_if(for_parameters, x), weight = saved_if(wants_grad(x), weight), argmax,
          y = saved_if(params.relu, y.detach()), params](const Tensor& dy, InputGrads& grads) {
           Backend& on = current_backend();
           const ConstView mask = params.relu ? y.cview() : dy.cview();
           const ConstView am = params.pool ? argmax.cview() : ConstView();
           if (grads.wanted(1) || grads.wanted(2)) {
             const ParameterGradients to(grads, 1, 2);
             on.run(verb::Conv2dBackwardWeight{.dw = to.weight,
                                               .db = to.bias,
                                               .dy = dy.view(),
                                               .y = mask,
                                               .argmax = am,
                                               .x = x.view(),
                                               .params = params,
                                               .write = to.write});
             to.finish();
           }
           if (grads.wanted(0)) {
             const GradTarget dx = grads.target(0);
             on.run(verb::Conv2dBackwardInput{.dx = dx.view,
                                              .dy = dy.view(),
                                              .y = mask,
                                              .argmax = am,
                                              .w = weight.view(),
                                              .params = params,
                                              .write = dx.write});
           }
         });
  return y;
}

}  // namespace hone::ops
