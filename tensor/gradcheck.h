// The gradients of a function of tensors against central differences.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace hone {

struct GradcheckOptions {
  double step = 0x1p-17;    // of the differences; a power of two keeps them exact
  double tolerance = 1e-6;  // of an element, relative to it or to a tenth of the largest
  std::uint64_t seed = 0;   // of the weights that make one number of the function's output
};

struct GradcheckResult {
  double worst = 0;   // the largest relative error
  std::string where;  // "input 1, element 7: gradient 0.5, differences 0.25", of that error
  bool passed = true;
  explicit operator bool() const { return passed; }
};

// Checks every element of every input of type f64 (others are passed on as they are). `function`
// may return any shape; the inputs are copied, and need not require a gradient. Needs a bound
// backend that computes in f64, the device `ref`: throws Error(usage) otherwise. Keep the values
// away from kinks: there a difference means nothing.
GradcheckResult gradcheck(const std::function<Tensor(const std::vector<Tensor>&)>& function,
                          const std::vector<Tensor>& inputs, const GradcheckOptions& options = {});

}  // namespace hone
