// The Gaussian error linear unit.
#include "nn/layers/gelu.h"

namespace hone::nn {

std::vector<Field> GELU::fields() { return {{"tanh", tanh}}; }

std::unique_ptr<Module> GELU::build(const Site&) const {
  return module_of(tanh ? ops::gelu_tanh : ops::gelu);
}

}  // namespace hone::nn
