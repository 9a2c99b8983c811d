// The sigmoid linear unit, also called swish.
#include "nn/layers/silu.h"

namespace hone::nn {

std::unique_ptr<Module> SiLU::build(const Site&) const { return module_of(ops::silu); }

}  // namespace hone::nn
