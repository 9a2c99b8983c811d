// Building a model: layout, initial weights, binding.
#include "nn/model.h"

#include <algorithm>

#include "base/error.h"
#include "nn/init.h"
#include "nn/preprocess.h"
#include "tensor/tape.h"

namespace hone::nn {

Model::Model(const Network& network, const Shape& input, std::unique_ptr<Backend> backend,
             std::uint64_t seed, const ModelOptions& options)
    : network_(network),
      input_(input),
      options_(options),
      backend_(std::move(backend)),
      module_(nn::build(network, input, options.fuse)) {
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

namespace {

// The first member, when all fit together.
const Model& first_of(const std::vector<const Model*>& members) {
  check(!members.empty(), "model: no members are given");
  const Model& first = *members.front();
  for (const Model* member : members) {
    check(member->network() && member->models() == 1,
          "model: a member is made of a module, or has members; networks are needed");
    check(same_but_dropout(*member->network(), *first.network()),
          "model: the networks of members may differ in dropout rates alone");
    check(member->input() == first.input(), "model: a member takes samples of shape {}, another {}",
          member->input().str(), first.input().str());
  }
  return first;
}

}  // namespace

Model::Model(const std::vector<const Model*>& members, std::unique_ptr<Backend> backend)
    : network_(first_of(members).network()),
      input_(members.front()->input()),
      options_(members.front()->options_),
      backend_(std::move(backend)),
      module_(nn::build(*network_, input_, options_.fuse)) {
  for (const Model* member : members) {
    check(member->options_.fuse == options_.fuse,
          "model: one member folds layers, another does not");
    run_.members.push_back({.seed = member->seed()});
    member->module_->collect_rates(run_.members.back().rates);
  }
  run_.seed = members.front()->seed();
  build();
  const BackendScope scope(*backend_);
  for (std::size_t i = 0; i < members.size(); ++i) {
    const int m = static_cast<int>(i);
    parameters_->state().model(m).assign(members[i]->parameters().state().to_vector());
    run_.step.model(m).assign(members[i]->step_counter().to_vector<std::int32_t>());
  }
}

Model::~Model() = default;

void Model::build() {
  check(backend_ != nullptr, "model: the backend is null; use device->new_backend()");
  const int models = std::max(1, static_cast<int>(run_.members.size()));
  // Its memory is in the order of the backend's verbs.
  const BackendScope scope(*backend_, models);
  Module::Slots slots;
  module_->collect("", slots);
  std::vector<std::pair<std::string, Shape>> parameters, buffers;
  for (const auto& [name, slot] : slots)
    (slot->stepped ? parameters : buffers).emplace_back(name, slot->shape);
  parameters_ = std::make_unique<optim::FlatParameters>(device(), parameters, buffers);
  std::size_t p = 0, b = 0;
  for (const auto& [name, slot] : slots) {
    slot->tensor = slot->stepped ? parameters_->tensor(p) : parameters_->buffer(b);
    if (run_.members.empty())
      slot->tensor.assign(initial_values(slot->shape, slot->init, run_.seed, p));
    ++(slot->stepped ? p : b);
  }
  const std::vector<std::int32_t> zero{0};
  run_.step = Tensor::from(device(), std::span<const std::int32_t>(zero), Shape{1});
  std::uint32_t next_number = 0;
  module_->bind(&run_, "", next_number);
}

void Model::count_step() { backend_->run(verb::Advance{.counters = run_.step.view()}); }

void Model::train(bool training) { run_.training = training; }

void Model::check_batch(std::int64_t rows) const { module_->check_batches(rows); }

Tensor Model::forward(const Tensor& x) {
  check(x.defined() && x.shape().rank() == input_.rank() + 1 && x.shape().without(0) == input_,
        "model: samples have shape {}, the model was built for {} (the batch is the first axis)",
        x.defined() ? x.shape().without(0).str() : "undefined", input_.str());
  check(bound_models() == models(),
        "model: it holds {} models; bind its backend for as many: BackendScope(backend, {})",
        models(), models());
  return module_->forward(x);
}

std::vector<float> Model::predict(const Tensor& samples, int batch) {
  return nn::predict(*this, samples, info_, batch);
}

std::string Model::summary() const {
  if (network_) return nn::summary(*network_, input_, options_.fuse);
  std::string text = "parameter                        shape              count\n";
  const auto row = [&](const optim::ParameterInfo& entry, const char* note) {
    text += fmt::format("{:<32} {:<16} {:>7}{}\n", entry.name, entry.shape.str(),
                        entry.shape.count(), note);
  };
  for (const optim::ParameterInfo& entry : parameters_->entries()) row(entry, "");
  for (const optim::ParameterInfo& entry : parameters_->buffers()) row(entry, "  buffer");
  return text + fmt::format("{} parameters\n", parameters_->count());
}

}  // namespace hone::nn
