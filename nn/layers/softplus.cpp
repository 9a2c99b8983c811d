// The smooth ReLU.
#include "nn/layers/softplus.h"

namespace hone::nn {

std::unique_ptr<Module> Softplus::build(const Site&) const { return module_of(ops::softplus); }

}  // namespace hone::nn
