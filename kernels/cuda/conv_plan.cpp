// Convolution problems from shapes.
#include "kernels/cuda/conv_plan.h"

namespace hone::kernels {

ConvProblem conv_problem(ConvDirection direction, const Shape& x, std::int64_t cout,
                         const Conv2dParams& params) {
  return {.direction = direction,
          .n = x[0],
          .h = x[1],
          .w = x[2],
          .cin = x[3],
          .cout = cout,
          .oh = params.conv_h(x[1]),
          .ow = params.conv_w(x[2]),
          .kernel_h = params.kernel_h,
          .kernel_w = params.kernel_w,
          .stride_h = params.stride_h,
          .stride_w = params.stride_w,
          .pad_top = params.pad_top,
          .pad_bottom = params.pad_bottom,
          .pad_left = params.pad_left,
          .pad_right = params.pad_right,
          .dilation_h = params.dilation_h,
          .dilation_w = params.dilation_w,
          .groups = params.groups};
}

}  // namespace hone::kernels
