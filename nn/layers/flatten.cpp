// Images to features: the same memory under another shape.
#include "nn/layers/flatten.h"

namespace hone::nn {

std::unique_ptr<Module> Flatten::build(const Site&) const { return module_of(ops::flatten); }

}  // namespace hone::nn
