// Average pooling as a layer.
#include "nn/layers/avgpool2d.h"

#include "nn/layers/pool2d.h"

namespace hone::nn {

std::vector<Field> AvgPool2d::fields() { return pool2d_fields(kernel, stride, padding); }

LayerCost AvgPool2d::cost(const Shape& in) const {
  return pool2d_cost(kName, in, kernel, stride, padding);
}

std::unique_ptr<Module> AvgPool2d::build(const Site& site) const {
  return module_of([params = pooling_of(kName, site.in, kernel, stride, padding)](const Tensor& x) {
    return ops::avgpool2d(x, params);
  });
}

}  // namespace hone::nn
