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
  return declare(name, shape, init, true);
}

Buffer Module::buffer(const std::string& name, const Shape& shape, Init start) {
  return declare(name, shape, start, false);
}

Parameter Module::declare(const std::string& name, const Shape& shape, Init init, bool stepped) {
  const char* what = stepped ? "parameter" : "buffer";
  check(!name.empty() && name.find('.') == std::string::npos,
        "module: a {} needs a name without a dot, not '{}'", what, name);
  check(shape.count() > 0, "module: {} '{}' has the empty shape {}", what, name, shape.str());
  Parameter parameter;
  parameter.slot_ =
      std::make_shared<Parameter::Slot>(Parameter::Slot{name, shape, init, stepped, {}});
  parameters_.push_back(parameter.slot_);
  return parameter;
}

void Module::add_child(const std::string& name, std::unique_ptr<Module> module) {
  check(!name.empty() && name.find('.') == std::string::npos,
        "module: a child needs a name without a dot, not '{}'", name);
  check(module != nullptr, "module: the child '{}' is null", name);
  for (const auto& [other, unused] : children_)
    check(other != name, "module: the child '{}' exists already", name);
  children_.emplace_back(name, std::move(module));
}

void Module::collect(const std::string& prefix, Slots& slots) const {
  for (const auto& slot : parameters_) slots.emplace_back(prefix + slot->name, slot);
  for (const auto& [name, module] : children_) module->collect(prefix + name + ".", slots);
}

std::vector<Module::Declared> Module::declared() const {
  Slots slots;
  collect("", slots);
  std::vector<Declared> list;
  for (const auto& [name, slot] : slots) list.push_back({name, slot->shape, slot->stepped});
  return list;
}

void Module::bind(const RunState* run, const std::string& prefix, std::uint32_t& next_number) {
  run_ = run;
  prefix_ = prefix;
  if (numbered_) number_ = next_number++;
  for (auto& [name, module] : children_) module->bind(run, prefix + name + ".", next_number);
}

void Module::check_batch(std::int64_t) const {}

void Module::check_batches(std::int64_t rows) const {
  try {
    check_batch(rows);
  } catch (const Error& error) {
    const std::string name = prefix_.substr(0, prefix_.empty() ? 0 : prefix_.size() - 1);
    fail(error.kind(), "{}: {}", name.empty() ? "model" : name, error.what());
  }
  for (const auto& [name, module] : children_) module->check_batches(rows);
}

Tensor Module::dropout(const Tensor& x, double p, std::uint32_t stream) const {
  if (!training()) return x;
  const std::vector<DropoutRow> rows = rows_of(p, stream);
  if (std::all_of(rows.begin(), rows.end(), [](const DropoutRow& row) { return row.p == 0; }))
    return x;
  const auto is_same = [](const DropoutRow& a, const DropoutRow& b) {
    return a.p == b.p && a.seed == b.seed;
  };
  auto& known = run_->dropout_rows;
  auto found = std::find_if(known.begin(), known.end(), [&](const auto& entry) {
    return std::equal(rows.begin(), rows.end(), entry.first.begin(), entry.first.end(), is_same);
  });
  if (found == known.end()) found = known.emplace(known.end(), rows, ops::dropout_rows(rows));
  return ops::dropout(x, run_->step, found->second, {.stream = stream});
}

std::vector<DropoutRow> Module::rows_of(double p, std::uint32_t stream) const {
  if (run_->members.empty()) return {{p, run_->seed}};
  std::vector<DropoutRow> rows;
  for (const RunState::Member& member : run_->members) {
    const auto own = member.rates.find(stream);
    rows.push_back({own == member.rates.end() ? p : own->second, member.seed});
  }
  return rows;
}

void Module::collect_rates(std::map<std::uint32_t, double>& rates) const {
  if (const auto rate = dropout_rate()) rates[number_] = *rate;
  for (const auto& [name, module] : children_) module->collect_rates(rates);
}

}  // namespace hone::nn
