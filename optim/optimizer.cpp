// SGD and Adam: state, scalar table, and one verb a step.
#include "optim/optimizer.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
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
  void update(Backend& backend) override {
    backend.run(verb::SgdStep{.values = parameters().values().view(),
                              .velocity = velocity_.view(),
                              .grads = parameters().grads().view(),
                              .scalars = scalars(),
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
    check(spec.epsilon >= 0, "adam: epsilon is {}, it must not be negative", spec.epsilon);
  }
  std::string name() const override { return "adam"; }
  std::vector<StateTensor> state() const override {
    return {{"m", m_}, {"v", v_}, {"step", step_}};
  }

 protected:
  void update(Backend& backend) override {
    backend.run(verb::Advance{.counters = step_.view(), .index = 0, .by = 1});
    backend.run(verb::AdamStep{.values = parameters().values().view(),
                               .m = m_.view(),
                               .v = v_.view(),
                               .grads = parameters().grads().view(),
                               .scalars = scalars(),
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
  table_ = row;
  rate_scales_ = {1.0f};
  for (const ParameterGroup& group : groups) {
    check(!group.suffix.empty(), "optimizer: a parameter group needs a name or a suffix of names");
    table_.insert(table_.end(), row.begin(), row.end());
    table_[table_.size() - kScalarColumns + kWeightDecay] = group.weight_decay;
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
    check(used[g], "optimizer: no parameter's name ends with '{}'", groups[g].suffix);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(segments.data());
  segments_ = Tensor::from(parameters.values().device(),
                           std::span(bytes, segments.size() * sizeof(Segment)),
                           Shape{static_cast<std::int64_t>(segments.size()), sizeof(Segment)});
  scalars_ = Tensor::from(parameters.values().device(), std::span<const float>(table_),
                          Shape{static_cast<std::int64_t>(rate_scales_.size()), kScalarColumns});
  write_scalars();
}

void Optimizer::write_scalars() {
  for (std::size_t r = 0; r < rate_scales_.size(); ++r)
    table_[r * kScalarColumns + kLearningRate] = learning_rate_ * rate_scales_[r];
  scalars_.assign(table_);
}

void Optimizer::set_learning_rate(float learning_rate) {
  check(std::isfinite(learning_rate) && learning_rate >= 0,
        "optimizer: the learning rate is {}, it must be finite and not negative", learning_rate);
  learning_rate_ = learning_rate;
  write_scalars();
}

void Optimizer::step() {
  parameters_.settle_grads();
  update(current_backend());
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
        R"({}{{"suffix": "{}", "learning_rate_scale": {:.9g}, "weight_decay": {:.9g}, "frozen": {}}})",
        text.empty() ? "" : ", ", group.suffix, group.learning_rate_scale, group.weight_decay,
        group.frozen);
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
