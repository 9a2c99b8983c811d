// Softmax over the last axis.
#include "nn/layers/softmax.h"

namespace hone::nn {

std::unique_ptr<Module> Softmax::build(const Site&) const {
  return module_of([](const Tensor& x) { return ops::softmax(x); });
}

}  // namespace hone::nn
