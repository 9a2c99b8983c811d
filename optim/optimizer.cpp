// SGD and Adam: state, scalar table, and one verb a step.
#include "optim/optimizer.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/json.h"
#include "tensor/tape.h"

namespace hone::optim {
namespace {

Tensor zeros_like(const Tensor& values) {
  const std::vector<float> zeros(static_cast<std::size_t>(values.count()), 0.0f);
  return Tensor::from(values.device(), std::span<const float>(zeros), values.shape());
}

void check_rate(const char* name, float lr, float weight_decay) {
  check(std::isfinite(lr) && lr >= 0, "{}: lr is {}, it must be finite and not negative", name, lr);
  check(std::isfinite(weight_decay) && weight_decay >= 0,
        "{}: weight_decay is {}, it must be finite and not negative", name, weight_decay);
}

void check_fraction(const char* name, const char* what, float value) {
  check(value >= 0 && value < 1, "{}: {} is {}, it must be at least 0 and below 1", name, what,
        value);
}

void check_group(const ParameterGroup& group) {
  check(!group.suffix.empty(), "optimizer: a parameter group needs a name or a suffix of names");
  check(std::isfinite(group.learning_rate_scale) && group.learning_rate_scale >= 0,
        "optimizer: group '{}': learning_rate_scale is {}, it must be finite and not negative",
        printable(group.suffix), group.learning_rate_scale);
  check(std::isfinite(group.weight_decay) && group.weight_decay >= 0,
        "optimizer: group '{}': weight_decay is {}, it must be finite and not negative",
        printable(group.suffix), group.weight_decay);
}

class SgdOptimizer : public Optimizer {
 public:
  SgdOptimizer(const SGD& spec, FlatParameters& parameters)
      : Optimizer(parameters, {spec.lr, spec.momentum, 0, 0, spec.weight_decay}, spec.groups),
        settings_{spec.form, spec.nesterov},
        velocity_(zeros_like(parameters.values())) {
    check_rate("sgd", spec.lr, spec.weight_decay);
    check_fraction("sgd", "momentum", spec.momentum);
    check(!spec.nesterov || spec.momentum > 0, "sgd: nesterov needs a momentum above 0");
  }
  std::string name() const override { return "sgd"; }
  std::vector<StateTensor> state() const override { return {{"velocity", velocity_}}; }

 protected:
  void update(Backend& backend, const StepTable& table) override {
    backend.run(verb::SgdStep{.values = parameters().values().view(),
                              .velocity = velocity_.view(),
                              .grads = parameters().grads().view(),
                              .scalars = table.scalars.cview(),
                              .at = table.at.cview(),
                              .segments = segments(),
                              .params = settings_});
  }

 private:
  SgdParams settings_;
  Tensor velocity_;
};

class AdamOptimizer : public Optimizer {
 public:
  AdamOptimizer(const Adam& spec, FlatParameters& parameters)
      : Optimizer(parameters, {spec.lr, spec.beta1, spec.beta2, spec.epsilon, spec.weight_decay},
                  spec.groups),
        settings_{spec.form, spec.decoupled_decay},
        m_(zeros_like(parameters.values())),
        v_(zeros_like(parameters.values())),
        step_(Tensor::from<std::int32_t>(parameters.values().device(), std::vector<std::int32_t>{0},
                                         Shape{1})) {
    check_rate("adam", spec.lr, spec.weight_decay);
    check_fraction("adam", "beta1", spec.beta1);
    check_fraction("adam", "beta2", spec.beta2);
    check(std::isfinite(spec.epsilon) && spec.epsilon >= 0,
          "adam: epsilon is {}, it must be finite and not negative", spec.epsilon);
  }
  std::string name() const override { return "adam"; }
  std::vector<StateTensor> state() const override {
    return {{"m", m_}, {"v", v_}, {"step", step_}};
  }

 protected:
  void update(Backend& backend, const StepTable& table) override {
    backend.run(verb::Advance{.counters = step_.view(), .index = 0, .by = 1});
    backend.run(verb::AdamStep{.values = parameters().values().view(),
                               .m = m_.view(),
                               .v = v_.view(),
                               .grads = parameters().grads().view(),
                               .scalars = table.scalars.cview(),
                               .at = table.at.cview(),
                               .step = step_.view(),
                               .segments = segments(),
                               .params = settings_});
  }

 private:
  AdamParams settings_;
  Tensor m_, v_, step_;
};

}  // namespace

Optimizer::Optimizer(FlatParameters& parameters, const std::vector<float>& row,
                     const std::vector<ParameterGroup>& groups)
    : parameters_(parameters), learning_rate_(row.at(kLearningRate)) {
  check(row.size() == kScalarColumns, "optimizer: {} scalars given, {} needed", row.size(),
        int{kScalarColumns});
  rows_ = row;
  rate_scales_ = {1.0f};
  for (const ParameterGroup& group : groups) {
    check_group(group);
    rows_.insert(rows_.end(), row.begin(), row.end());
    rows_[rows_.size() - kScalarColumns + kWeightDecay] = group.weight_decay;
    rate_scales_.push_back(group.learning_rate_scale);
  }
  std::vector<Segment> segments;
  std::vector<bool> used(groups.size(), false);
  for (const ParameterInfo& entry : parameters.entries()) {
    std::size_t g = 0;
    while (g < groups.size() && !entry.name.ends_with(groups[g].suffix)) ++g;
    if (g < groups.size()) used[g] = true;
    if (g < groups.size() && groups[g].frozen) continue;
    const int group_row = g < groups.size() ? static_cast<int>(g) + 1 : 0;
    const std::int64_t padded = (entry.shape.count() + 15) / 16 * 16;
    // Neighbours of one group are one run: the gaps between them are zero and stay zero.
    if (!segments.empty() && segments.back().row == group_row &&
        segments.back().offset + segments.back().count == entry.offset) {
      segments.back().count += padded;
    } else {
      segments.push_back({entry.offset, padded, group_row});
    }
  }
  for (std::size_t g = 0; g < groups.size(); ++g)
    check(used[g], "optimizer: no parameter's name ends with '{}'", printable(groups[g].suffix));
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(segments.data());
  segments_ = Tensor::from(parameters.values().device(),
                           std::span(bytes, segments.size() * sizeof(Segment)),
                           Shape{static_cast<std::int64_t>(segments.size()), sizeof(Segment)});
  constant_ = new_table(1);
  fill(constant_, {}, {}, 0);
}

StepTable Optimizer::new_table(std::int64_t steps) const {
  check(steps >= 1, "optimizer: a table of {} steps is asked for, it must have one", steps);
  Device& device = parameters_.values().device();
  return {Tensor::empty(device, Shape{steps, rows(), kScalarColumns}),
          Tensor::from<std::int32_t>(device, std::vector<std::int32_t>{0}, Shape{1})};
}

void Optimizer::write_rows(const StepValues& values, std::span<float> out) const {
  std::copy(rows_.begin(), rows_.end(), out.begin());
  for (std::size_t r = 0; r < rate_scales_.size(); ++r) {
    float* row = &out[r * kScalarColumns];
    const float rate = learning_rate_ * rate_scales_[r];
    row[kLearningRate] = static_cast<float>(static_cast<double>(rate) * values.rate);
    if (values.momentum) row[kMomentum] = static_cast<float>(*values.momentum);
  }
}

void Optimizer::fill(const StepTable& table, const Schedule& schedule, const StepPosition& first,
                     std::int64_t at) const {
  const auto steps = static_cast<std::size_t>(table.scalars.shape()[0]);
  std::vector<float> all(steps * rows_.size());
  StepPosition position = first;
  for (std::size_t i = 0; i < steps; ++i, ++position.step)
    write_rows(schedule.at(position), std::span(all).subspan(i * rows_.size(), rows_.size()));
  table.scalars.assign(all);
  table.at.assign(std::vector<std::int32_t>{static_cast<std::int32_t>(at)});
}

float Optimizer::learning_rate_at(const StepValues& values) const {
  return static_cast<float>(static_cast<double>(learning_rate_) * values.rate);
}

void Optimizer::set_learning_rate(float learning_rate) {
  check(std::isfinite(learning_rate) && learning_rate >= 0,
        "optimizer: the learning rate is {}, it must be finite and not negative", learning_rate);
  learning_rate_ = learning_rate;
  fill(constant_, {}, {}, 0);
}

void Optimizer::step() {
  parameters_.settle_grads();
  update(current_backend(), constant_);
  parameters_.zero_grad();
}

void Optimizer::step(const StepTable& table) {
  parameters_.settle_grads();
  update(current_backend(), table);
  // The table of one step is the same for all: nothing to advance.
  if (table.scalars.shape()[0] > 1)
    current_backend().run(verb::Advance{.counters = table.at.view()});
  parameters_.zero_grad();
}

std::unique_ptr<Optimizer> make_optimizer(const OptimizerSpec& spec, FlatParameters& parameters) {
  if (const SGD* sgd = std::get_if<SGD>(&spec))
    return std::make_unique<SgdOptimizer>(*sgd, parameters);
  return std::make_unique<AdamOptimizer>(std::get<Adam>(spec), parameters);
}

namespace {

std::string groups_json(const std::vector<ParameterGroup>& groups) {
  std::string text;
  for (const ParameterGroup& group : groups)
    text += fmt::format(
        R"({}{{"suffix": {}, "learning_rate_scale": {:.9g}, "weight_decay": {:.9g}, "frozen": {}}})",
        text.empty() ? "" : ", ", json_quoted(group.suffix), group.learning_rate_scale,
        group.weight_decay, group.frozen);
  return text.empty() ? "" : fmt::format(R"(, "groups": [{}])", text);
}

const char* form_name(OptimizerForm form) {
  return form == OptimizerForm::keras ? "keras" : "pytorch";
}

}  // namespace

std::string to_json(const OptimizerSpec& spec) {
  if (const SGD* sgd = std::get_if<SGD>(&spec))
    return fmt::format(
        R"({{"type": "sgd", "lr": {:.9g}, "momentum": {:.9g}, "nesterov": {}, "weight_decay": {:.9g}, "form": "{}"{}}})",
        sgd->lr, sgd->momentum, sgd->nesterov, sgd->weight_decay, form_name(sgd->form),
        groups_json(sgd->groups));
  const Adam& adam = std::get<Adam>(spec);
  return fmt::format(
      R"({{"type": "adam", "lr": {:.9g}, "beta1": {:.9g}, "beta2": {:.9g}, "epsilon": {:.9g}, "weight_decay": {:.9g}, )"
      R"("decoupled_decay": {}, "form": "{}"{}}})",
      adam.lr, adam.beta1, adam.beta2, adam.epsilon, adam.weight_decay, adam.decoupled_decay,
      form_name(adam.form), groups_json(adam.groups));
}

}  // namespace hone::optim
