// Registration of parameters and children.
#include "nn/module.h"

#include <algorithm>

#include "base/error.h"

namespace hone::nn {

const Tensor& Parameter::tensor() const {
  check(slot_ != nullptr, "parameter: it was never declared; assign it from Module::parameter()");
  check(slot_->tensor.defined(),
        "parameter '{}': it has no memory yet; build a Model from the module first", slot_->name);
  return slot_->tensor;
}

Parameter Module::parameter(const std::string& name, const Shape& shape, Init init) {
  check(!name.empty(), "module: a parameter needs a name");
  check(shape.count() > 0, "module: parameter '{}' has the empty shape {}", name, shape.str());
  Parameter parameter;
  parameter.slot_ = std::make_shared<Parameter::Slot>(Parameter::Slot{name, shape, init, {}});
  parameters_.push_back(parameter.slot_);
  return parameter;
}

void Module::add_child(const std::string& name, std::unique_ptr<Module> module) {
  check(!name.empty(), "module: a child needs a name");
  for (const auto& [other, unused] : children_)
    check(other != name, "module: the child '{}' exists already", name);
  children_.emplace_back(name, std::move(module));
}

void Module::collect(const std::string& prefix,
                     std::vector<std::shared_ptr<Parameter::Slot>>& slots,
                     std::vector<std::string>& names) {
  for (const auto& slot : parameters_) {
    slots.push_back(slot);
    names.push_back(prefix + slot->name);
  }
  for (auto& [name, module] : children_) module->collect(prefix + name + ".", slots, names);
}

void Module::bind(const RunState* run) {
  run_ = run;
  for (auto& [name, module] : children_) module->bind(run);
}

Tensor Module::dropout(const Tensor& x, double p, std::uint32_t stream) const {
  if (!training() || p == 0) return x;
  auto& rows = run_->dropout_rows;
  auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.first == p; });
  if (row == rows.end()) row = rows.emplace(rows.end(), p, ops::dropout_row(p, run_->seed));
  return ops::dropout(x, run_->step, row->second, {.stream = stream});
}

}  // namespace hone::nn
