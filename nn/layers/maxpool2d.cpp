// Max-pooling by itself; 2x2 behind a convolution it is a flag of that op.
#include "nn/layers/maxpool2d.h"

#include "nn/layers/pool2d.h"

namespace hone::nn {

std::vector<Field> MaxPool2d::fields() { return pool2d_fields(kernel, stride, padding); }

LayerCost MaxPool2d::cost(const Shape& in) const {
  LayerCost cost = pool2d_cost(kName, in, kernel, stride, padding);
  cost.activation_bytes += cost.output.count();  // one byte of arg-max a value
  return cost;
}

std::unique_ptr<Module> MaxPool2d::build(const Site& site) const {
  return module_of([params = pooling_of(kName, site.in, kernel, stride, padding)](const Tensor& x) {
    return ops::maxpool2d(x, params);
  });
}

}  // namespace hone::nn
