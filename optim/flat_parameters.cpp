// Layout of the flat arrays.
#include "optim/flat_parameters.h"

#include <set>

#include "base/error.h"
#include "tensor/tape.h"

namespace hone::optim {

namespace {

// Lays `entries` out from `total` on, which grows.
std::vector<ParameterInfo> laid_out(const FlatParameters::Entries& entries, std::int64_t& total) {
  std::vector<ParameterInfo> list;
  for (const auto& [name, shape] : entries) {
    list.push_back({name, shape, total});
    total += (shape.count() + 15) / 16 * 16;
  }
  return list;
}

void check_names(const std::vector<ParameterInfo>& entries,
                 const std::vector<ParameterInfo>& buffers) {
  std::set<std::string> names;
  for (const auto* list : {&entries, &buffers})
    for (const ParameterInfo& entry : *list)
      check(names.insert(entry.name).second, "parameters: the name '{}' is used twice", entry.name);
}

const Tensor& find(const std::vector<ParameterInfo>& entries, const std::vector<Tensor>& tensors,
                   const std::string& name, const char* what) {
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (entries[i].name == name) return tensors[i];
  std::string known;
  for (const ParameterInfo& entry : entries) known += " " + entry.name;
  fail(ErrorKind::usage, "{}: there is no '{}'; known names:{}", what, name, known);
}

}  // namespace

FlatParameters::FlatParameters(Device& device, const Entries& entries, const Entries& buffers) {
  std::int64_t total = 0;
  entries_ = laid_out(entries, total);
  const std::int64_t stepped = total;
  buffers_ = laid_out(buffers, total);
  check_names(entries_, buffers_);
  const std::vector<float> zeros(static_cast<std::size_t>(total), 0.0f);
  state_ = Tensor::from(device, std::span<const float>(zeros), Shape{total});
  values_ = state_.part(0, Shape{stepped});
  grads_ = Tensor::from(device, std::span(zeros).first(static_cast<std::size_t>(stepped)),
                        Shape{stepped});
  for (const ParameterInfo& entry : entries_) {
    Tensor tensor = values_.part(entry.offset, entry.shape);
    tensor.set_requires_grad();
    tensor.set_grad_storage(grads_.part(entry.offset, entry.shape));
    tensors_.push_back(std::move(tensor));
  }
  for (const ParameterInfo& entry : buffers_)
    buffer_tensors_.push_back(state_.part(entry.offset, entry.shape));
}

const Tensor& FlatParameters::tensor(const std::string& name) const {
  return find(entries_, tensors_, name, "parameters");
}

const Tensor& FlatParameters::buffer(const std::string& name) const {
  return find(buffers_, buffer_tensors_, name, "buffers");
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
