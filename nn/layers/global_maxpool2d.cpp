// The largest value of each channel.
#include "nn/layers/global_maxpool2d.h"

namespace hone::nn {

LayerCost GlobalMaxPool2d::cost(const Shape& in) const {
  needs_image(in);
  return {.output = {in[2]},
          .flops = in.count(),
          .activation_bytes = product({in[2], 8})};  // values and places
}

std::unique_ptr<Module> GlobalMaxPool2d::build(const Site&) const {
  return module_of([](const Tensor& x) { return ops::max(x, {1, 2}); });
}

}  // namespace hone::nn
