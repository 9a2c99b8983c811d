// The hyperbolic tangent as a layer.
#include "nn/layers/tanh.h"

namespace hone::nn {

std::unique_ptr<Module> Tanh::build(const Site&) const { return module_of(ops::tanh); }

}  // namespace hone::nn
