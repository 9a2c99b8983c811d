// The logistic function as a layer.
#include "nn/layers/sigmoid.h"

namespace hone::nn {

std::unique_ptr<Module> Sigmoid::build(const Site&) const { return module_of(ops::sigmoid); }

}  // namespace hone::nn
