// Fields, shapes and costs of pooling.
#include "nn/layers/pool2d.h"

#include "base/error.h"

namespace hone::nn {

std::vector<Field> pool2d_fields(int& kernel, int& stride) {
  return {{"kernel", kernel, {.low = 1, .high = 16, .text = "{0}x{0}"}},
          {"stride", stride, {.low = 0, .high = kMaxStride}}};
}

Pool2dParams pool2d_params(int kernel, int stride) {
  return {.kernel = kernel, .stride = stride == 0 ? kernel : stride};
}

LayerCost pool2d_cost(const Shape& in, const Pool2dParams& params) {
  needs_image(in);
  LayerCost cost;
  cost.output = {params.out_h(in[0]), params.out_w(in[1]), in[2]};
  check(cost.output.count() > 0, "a {0}x{0} window does not fit {1}; use fewer pooling layers",
        params.kernel, in.str());
  cost.flops = product({cost.output.count(), params.kernel, params.kernel});
  cost.activation_bytes = product({cost.output.count(), 4});
  return cost;
}

}  // namespace hone::nn
