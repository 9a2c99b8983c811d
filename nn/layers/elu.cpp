// The exponential linear unit.
#include "nn/layers/elu.h"

namespace hone::nn {

std::vector<Field> ELU::fields() { return {{"alpha", alpha}}; }

std::unique_ptr<Module> ELU::build(const Site&) const {
  return module_of(
      [alpha = static_cast<double>(alpha)](const Tensor& x) { return ops::elu(x, alpha); });
}

}  // namespace hone::nn
