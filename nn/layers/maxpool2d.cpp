// Max-pooling by itself; 2x2 behind a convolution it is a flag of that op.
#include "nn/layers/maxpool2d.h"

#include "nn/layers/pool2d.h"

namespace hone::nn {

std::vector<Field> MaxPool2d::fields() { return pool2d_fields(kernel, stride); }

LayerCost MaxPool2d::cost(const Shape& in) const {
  LayerCost cost = pool2d_cost(in, pool2d_params(kernel, stride));
  cost.activation_bytes += cost.output.count();  // one byte of arg-max a value
  return cost;
}

std::unique_ptr<Module> MaxPool2d::build(const Site&) const {
  return module_of([params = pool2d_params(kernel, stride)](const Tensor& x) {
    return ops::maxpool2d(x, params);
  });
}

}  // namespace hone::nn
