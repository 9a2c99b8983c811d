// All parameters of a model in one array, all gradients in another; tensors are views into them.
//
// Zeroing is nothing, a step is one kernel, a checkpoint is one write.
#pragma once

#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace hone::optim {

struct ParameterInfo {
  std::string name;  // "conv2d_1.weight"
  Shape shape;
  std::int64_t offset = 0;  // elements, a multiple of 16, so that every tensor starts at 64 bytes
};

class FlatParameters {
 public:
  // Names and shapes in order; memory on `device`, values and gradients zero.
  FlatParameters(Device& device, const std::vector<std::pair<std::string, Shape>>& entries);

  const std::vector<ParameterInfo>& entries() const { return entries_; }
  // The i-th parameter: a leaf that requires a gradient, in place in values().
  const Tensor& tensor(std::size_t i) const { return tensors_[i]; }
  const Tensor& tensor(const std::string& name) const;  // throws when there is none
  const Tensor& values() const { return values_; }      // f32 [n], gaps between parameters are zero
  const Tensor& grads() const { return grads_; }        // f32 [n]
  std::int64_t count() const;                           // parameters, without the gaps

  // Clears the gradients of parameters that the last backward() did not reach. Verbs only.
  void settle_grads() const;
  void zero_grad() const;

 private:
  std::vector<ParameterInfo> entries_;
  Tensor values_, grads_;
  std::vector<Tensor> tensors_;
};

}  // namespace hone::optim
