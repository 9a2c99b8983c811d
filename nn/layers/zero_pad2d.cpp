// Zeros around images.
#include "nn/layers/zero_pad2d.h"

namespace hone::nn {

std::vector<Field> ZeroPad2d::fields() {
  return {{"top", top, {.low = 0, .high = kMaxStride}},
          {"bottom", bottom, {.low = 0, .high = kMaxStride}},
          {"left", left, {.low = 0, .high = kMaxStride}},
          {"right", right, {.low = 0, .high = kMaxStride}}};
}

LayerCost ZeroPad2d::cost(const Shape& in) const {
  needs_image(in);
  LayerCost cost;
  cost.output = {sum_of({in[0], top, bottom}), sum_of({in[1], left, right}), in[2]};
  cost.activation_bytes = product({cost.output.count(), 4});
  return cost;
}

std::unique_ptr<Module> ZeroPad2d::build(const Site&) const {
  return module_of([pad = *this](const Tensor& x) {
    return ops::pad(x, {{}, {pad.top, pad.bottom}, {pad.left, pad.right}, {}});
  });
}

}  // namespace hone::nn
