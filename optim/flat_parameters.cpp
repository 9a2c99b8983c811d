// Layout of the flat arrays.
#include "optim/flat_parameters.h"

#include "base/error.h"
#include "tensor/tape.h"

namespace hone::optim {

FlatParameters::FlatParameters(Device& device,
                               const std::vector<std::pair<std::string, Shape>>& entries) {
  std::int64_t total = 0;
  for (const auto& [name, shape] : entries) {
    for (const ParameterInfo& other : entries_)
      check(other.name != name, "parameters: the name '{}' is used twice", name);
    entries_.push_back({name, shape, total});
    total += (shape.count() + 15) / 16 * 16;
  }
  const std::vector<float> zeros(static_cast<std::size_t>(total), 0.0f);
  values_ = Tensor::from(device, std::span<const float>(zeros), Shape{total});
  grads_ = Tensor::from(device, std::span<const float>(zeros), Shape{total});
  for (const ParameterInfo& entry : entries_) {
    Tensor tensor = values_.part(entry.offset, entry.shape);
    tensor.set_requires_grad();
    tensor.set_grad_storage(grads_.part(entry.offset, entry.shape));
    tensors_.push_back(std::move(tensor));
  }
}

const Tensor& FlatParameters::tensor(const std::string& name) const {
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (entries_[i].name == name) return tensors_[i];
  std::string known;
  for (const ParameterInfo& entry : entries_) known += " " + entry.name;
  fail(ErrorKind::usage, "parameters: there is no '{}'; known names:{}", name, known);
}

std::int64_t FlatParameters::count() const {
  std::int64_t n = 0;
  for (const ParameterInfo& entry : entries_) n += entry.shape.count();
  return n;
}

void FlatParameters::settle_grads() const {
  for (const Tensor& tensor : tensors_) {
    if (tensor.grad_slot()->ready) continue;
    current_backend().run(verb::Fill{.y = tensor.grad_slot()->grad->view(), .value = 0});
  }
}

void FlatParameters::zero_grad() const {
  for (const Tensor& tensor : tensors_) tensor.zero_grad();
}

}  // namespace hone::optim
