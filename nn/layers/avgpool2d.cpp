// Average pooling as a layer.
#include "nn/layers/avgpool2d.h"

#include "nn/layers/pool2d.h"

namespace hone::nn {

std::vector<Field> AvgPool2d::fields() { return pool2d_fields(kernel, stride); }

LayerCost AvgPool2d::cost(const Shape& in) const {
  return pool2d_cost(in, pool2d_params(kernel, stride));
}

std::unique_ptr<Module> AvgPool2d::build(const Site&) const {
  return module_of([params = pool2d_params(kernel, stride)](const Tensor& x) {
    return ops::avgpool2d(x, params);
  });
}

}  // namespace hone::nn
