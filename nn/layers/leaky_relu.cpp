// ReLU with a slope below 0.
#include "nn/layers/leaky_relu.h"

namespace hone::nn {

std::vector<Field> LeakyReLU::fields() { return {{"slope", slope}}; }

std::unique_ptr<Module> LeakyReLU::build(const Site&) const {
  return module_of(
      [slope = static_cast<double>(slope)](const Tensor& x) { return ops::leaky_relu(x, slope); });
}

}  // namespace hone::nn
