// Fields, shapes and costs of pooling.
#include "nn/layers/pool2d.h"

namespace hone::nn {

std::vector<Field> pool2d_fields(int& kernel, int& stride, Padding& padding) {
  const Field padded("padding", padding, {{Padding::valid, "valid"}, {Padding::same, "same"}});
  return {{"kernel", kernel, {.low = 1, .high = 16, .text = "{0}x{0}"}},
          {"stride", stride, {.low = 0, .high = kMaxStride}},
          padded.added_later()};
}

Pool2dParams pooling_of(const char* name, const Shape& in, int kernel, int stride,
                        Padding padding) {
  return ops::pool2d_params(name, {1, in[0], in[1], in[2]}, kernel, stride == 0 ? kernel : stride,
                            padding);
}

LayerCost pool2d_cost(const char* name, const Shape& in, int kernel, int stride, Padding padding) {
  needs_image(in);
  const Pool2dParams params = pooling_of(name, in, kernel, stride, padding);
  LayerCost cost;
  cost.output = {params.out_h(in[0]), params.out_w(in[1]), in[2]};
  cost.flops = product({cost.output.count(), kernel, kernel});
  cost.activation_bytes = product({cost.output.count(), 4});
  return cost;
}

}  // namespace hone::nn
