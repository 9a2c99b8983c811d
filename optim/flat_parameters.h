// All parameters of a model in one array, all gradients in another; tensors are views into them.
//
// Buffers (running statistics) are the tail of the first array: `state()` is the whole, `values()`
// its head. So optimizers, norms and decay never see them, and a copy or a file of state() has
// everything. A step is one kernel, a checkpoint is one write.
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
  using Entries = std::vector<std::pair<std::string, Shape>>;
  // Names and shapes in order; memory on `device`, all zero. Throws Error(usage) for a name given
  // twice.
  FlatParameters(Device& device, const Entries& entries, const Entries& buffers = {});

  const std::vector<ParameterInfo>& entries() const { return entries_; }
  const std::vector<ParameterInfo>& buffers() const { return buffers_; }  // offsets in state()
  // The i-th parameter: a leaf that requires a gradient, in place in values().
  const Tensor& tensor(std::size_t i) const { return tensors_[i]; }
  const Tensor& tensor(const std::string& name) const;  // throws when there is none
  const Tensor& buffer(std::size_t i) const { return buffer_tensors_[i]; }
  const Tensor& buffer(const std::string& name) const;  // throws when there is none
  const Tensor& values() const { return values_; }      // f32 [n], gaps between parameters are zero
  const Tensor& grads() const { return grads_; }        // f32 [n]
  const Tensor& state() const { return state_; }        // f32 [n + buffers], begins with values()
  std::int64_t count() const;                           // parameters, without the gaps

  // Clears the gradients of parameters that the last backward() did not reach. Verbs only.
  void settle_grads() const;
  void zero_grad() const;

 private:
  std::vector<ParameterInfo> entries_, buffers_;
  Tensor state_, values_, grads_;
  std::vector<Tensor> tensors_, buffer_tensors_;
};

}  // namespace hone::optim
