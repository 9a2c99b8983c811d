// Global average pooling: a mean over two axes.
#include "nn/layers/global_avgpool2d.h"

namespace hone::nn {

LayerCost GlobalAvgPool2d::cost(const Shape& in) const {
  needs_image(in);
  return {.output = {in[2]}, .flops = in.count(), .activation_bytes = product({in[2], 4})};
}

std::unique_ptr<Module> GlobalAvgPool2d::build(const Site&) const {
  return module_of([](const Tensor& x) { return ops::mean(x, {1, 2}); });
}

}  // namespace hone::nn
