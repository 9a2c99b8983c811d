// The rectifier by itself; behind a convolution or dense layer it is a flag of their ops.
#include "nn/layers/relu.h"

namespace hone::nn {

std::unique_ptr<Module> ReLU::build(const Site&) const { return module_of(ops::relu); }

}  // namespace hone::nn
