// Building a model: layout, initial weights, binding.
#include "nn/model.h"

#include "base/error.h"
#include "nn/init.h"
#include "nn/sequential.h"
#include "tensor/tape.h"

namespace hone::nn {

Model::Model(const Network& network, const Shape& input, std::unique_ptr<Backend> backend,
             std::uint64_t seed, const ModelOptions& options)
    : network_(network),
      input_(input),
      options_(options),
      backend_(std::move(backend)),
      module_(make_sequential(network, input, options.fuse)) {
  run_.seed = seed;
  build();
}

Model::Model(std::unique_ptr<Module> module, const Shape& input, std::unique_ptr<Backend> backend,
             std::uint64_t seed)
    : input_(input), backend_(std::move(backend)), module_(std::move(module)) {
  check(module_ != nullptr, "model: the module is null");
  run_.seed = seed;
  build();
}

Model::~Model() = default;

void Model::build() {
  check(backend_ != nullptr, "model: the backend is null; use device->new_backend()");
  const BackendScope scope(*backend_);
  std::vector<std::shared_ptr<Parameter::Slot>> slots;
  std::vector<std::string> names;
  module_->collect("", slots, names);
  std::vector<std::pair<std::string, Shape>> entries;
  for (std::size_t i = 0; i < slots.size(); ++i) entries.emplace_back(names[i], slots[i]->shape);
  parameters_ = std::make_unique<optim::FlatParameters>(device(), entries);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    slots[i]->tensor = parameters_->tensor(i);
    slots[i]->tensor.assign(initial_values(slots[i]->shape, slots[i]->init, run_.seed, i));
  }
  const std::vector<std::int32_t> zero{0};
  run_.step = Tensor::from(device(), std::span<const std::int32_t>(zero), Shape{1});
  module_->bind(&run_);
}

void Model::train(bool training) { run_.training = training; }

Tensor Model::forward(const Tensor& x) {
  check(x.defined() && x.shape().rank() == input_.rank() + 1 && x.shape().without(0) == input_,
        "model: samples have shape {}, the model was built for {} (the batch is the first axis)",
        x.defined() ? x.shape().without(0).str() : "undefined", input_.str());
  return module_->forward(x);
}

std::string Model::summary() const {
  if (network_) return nn::summary(*network_, input_, options_.fuse);
  std::string text = "parameter                        shape              count\n";
  for (const optim::ParameterInfo& entry : parameters_->entries())
    text +=
        fmt::format("{:<32} {:<16} {:>7}\n", entry.name, entry.shape.str(), entry.shape.count());
  return text + fmt::format("{} parameters\n", parameters_->count());
}

}  // namespace hone::nn
