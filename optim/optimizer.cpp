// The optimizers: state, scalar table, clipping and penalties, and one verb a step.
#include "optim/optimizer.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/json.h"
#include "tensor/tape.h"

namespace hone::optim {
namespace {

Tensor constant_like(const Tensor& values, float value) {
  const std::vector<float> all(static_cast<std::size_t>(values.count()), value);
  return Tensor::from(values.device(), std::span<const float>(all), values.shape());
}

Tensor zeros_like(const Tensor& values) { return constant_like(values, 0.0f); }

void check_epsilon(const char* name, float epsilon) {
  check(std::isfinite(epsilon) && epsilon >= 0,
        "{}: epsilon is {}, it must be finite and not negative", name, epsilon);
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
  check(!group.suffix.empty() || !group.prefix.empty(),
        "optimizer: a parameter group needs a name, or how names begin or end");
  for (const float penalty : {group.l1, group.l2})
    check(std::isfinite(penalty) && penalty >= 0,
          "optimizer: group '{}': l1 is {} and l2 {}; both must be finite and not negative",
          printable(group.prefix + group.suffix), group.l1, group.l2);
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
      : Optimizer(parameters, {spec.lr, spec.momentum, 0, 0, spec.weight_decay}, spec.groups,
                  spec.clip),
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
                  spec.groups, spec.clip),
        settings_{spec.form, spec.decoupled_decay},
        m_(zeros_like(parameters.values())),
        v_(zeros_like(parameters.values())),
        step_(Tensor::from<std::int32_t>(parameters.values().device(), std::vector<std::int32_t>{0},
                                         Shape{1})) {
    check_rate("adam", spec.lr, spec.weight_decay);
    check_fraction("adam", "beta1", spec.beta1);
    check_fraction("adam", "beta2", spec.beta2);
    check_epsilon("adam", spec.epsilon);
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

// RMSprop and Adagrad: one verb.
class RmsPropOptimizer : public Optimizer {
 public:
  RmsPropOptimizer(const RMSprop& spec, FlatParameters& parameters)
      : Optimizer(parameters, {spec.lr, spec.momentum, spec.rho, spec.epsilon, spec.weight_decay},
                  spec.groups, spec.clip),
        name_("rmsprop"),
        settings_{spec.form, spec.centered, false},
        squares_(zeros_like(parameters.values())) {
    check_rate("rmsprop", spec.lr, spec.weight_decay);
    check_fraction("rmsprop", "rho", spec.rho);
    check_fraction("rmsprop", "momentum", spec.momentum);
    check_epsilon("rmsprop", spec.epsilon);
    if (spec.centered) means_ = zeros_like(parameters.values());
    if (spec.momentum > 0) velocity_ = zeros_like(parameters.values());
  }
  RmsPropOptimizer(const Adagrad& spec, FlatParameters& parameters)
      : Optimizer(parameters, {spec.lr, 0, 0, spec.epsilon, spec.weight_decay}, spec.groups,
                  spec.clip),
        name_("adagrad"),
        settings_{spec.form, false, true},
        squares_(constant_like(parameters.values(), spec.initial_accumulator)) {
    check_rate("adagrad", spec.lr, spec.weight_decay);
    check_epsilon("adagrad", spec.epsilon);
    check(std::isfinite(spec.initial_accumulator) && spec.initial_accumulator >= 0,
          "adagrad: initial_accumulator is {}, it must be finite and not negative",
          spec.initial_accumulator);
  }
  std::string name() const override { return name_; }
  std::vector<StateTensor> state() const override {
    std::vector<StateTensor> all{{"squares", squares_}};
    if (means_.defined()) all.push_back({"means", means_});
    if (velocity_.defined()) all.push_back({"velocity", velocity_});
    return all;
  }

 protected:
  void update(Backend& backend, const StepTable& table) override {
    backend.run(verb::RmsPropStep{.values = parameters().values().view(),
                                  .squares = squares_.view(),
                                  .means = means_.defined() ? means_.view() : View(),
                                  .velocity = velocity_.defined() ? velocity_.view() : View(),
                                  .grads = parameters().grads().view(),
                                  .scalars = table.scalars.cview(),
                                  .at = table.at.cview(),
                                  .segments = segments(),
                                  .params = settings_});
  }
  // The table gives Adagrad no momentum, and RMSprop only where it has a velocity.
  bool takes_momentum() const override { return velocity_.defined(); }

 private:
  std::string name_;
  RmsPropParams settings_;
  Tensor squares_, means_, velocity_;
};

void check_clip(const GradientClip& clip) {
  int set = 0;
  for (const float bound : {clip.value, clip.norm, clip.each_norm}) {
    check(std::isfinite(bound) && bound >= 0,
          "optimizer: clip is {}, it must be finite and not negative (0: none)", bound);
    if (bound > 0) ++set;
  }
  check(set <= 1, "optimizer: clip by value, by norm or by each norm, not by several of them");
}

std::string name_of(const ParameterGroup& group) {
  return group.prefix.empty() ? group.suffix : group.prefix + "..." + group.suffix;
}

}  // namespace

Optimizer::Optimizer(FlatParameters& parameters, const std::vector<float>& row,
                     const std::vector<ParameterGroup>& groups, const GradientClip& clip)
    : parameters_(parameters), learning_rate_(row.at(kLearningRate)), clip_(clip) {
  check(row.size() == kScalarColumns, "optimizer: {} scalars given, {} needed", row.size(),
        int{kScalarColumns});
  check_clip(clip);
  rows_ = row;
  rate_scales_ = {1.0f};
  for (const ParameterGroup& group : groups) {
    check_group(group);
    rows_.insert(rows_.end(), row.begin(), row.end());
    rows_[rows_.size() - kScalarColumns + kWeightDecay] = group.weight_decay;
    rate_scales_.push_back(group.learning_rate_scale);
  }
  add_groups(groups);
  if (clip.norm > 0 || clip.each_norm > 0) {
    const float bound = std::max(clip.norm, clip.each_norm);
    squares_ = zeros_like(parameters.values());
    norm_ = zeros_like(parameters.values().part(0, Shape{1}));
    most_ = Tensor::from(parameters.values().device(), std::span<const float>(&bound, 1), Shape{1});
  }
  constant_ = new_table(1);
  fill(constant_, {}, {}, 0);
}

// The segments of all parameters, and what their groups ask for besides.
void Optimizer::add_groups(const std::vector<ParameterGroup>& groups) {
  std::vector<Segment> segments;
  std::vector<bool> used(groups.size(), false);
  for (std::size_t i = 0; i < parameters_.entries().size(); ++i) {
    const ParameterInfo& entry = parameters_.entries()[i];
    std::size_t g = 0;
    while (g < groups.size() &&
           !(entry.name.ends_with(groups[g].suffix) && entry.name.starts_with(groups[g].prefix)))
      ++g;
    const bool grouped = g < groups.size();
    if (grouped) used[g] = true;
    const Tensor grad = parameters_.grads().part(entry.offset, entry.shape);
    if (grouped && groups[g].frozen) {
      frozen_grads_.push_back(grad);
      continue;
    }
    if (grouped && (groups[g].l1 > 0 || groups[g].l2 > 0)) {
      Penalty penalty{parameters_.tensor(i).detach(), grad, {}, {}};
      if (groups[g].l1 > 0) penalty.l1 = constant_like(grad, groups[g].l1);
      if (groups[g].l2 > 0) penalty.l2 = constant_like(grad, groups[g].l2);
      penalties_.push_back(std::move(penalty));
    }
    const int group_row = grouped ? static_cast<int>(g) + 1 : 0;
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
    check(used[g], "optimizer: no parameter's name {} '{}'",
          groups[g].prefix.empty() ? "ends with" : "is like", printable(name_of(groups[g])));
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(segments.data());
  segments_ = Tensor::from(parameters_.values().device(),
                           std::span(bytes, segments.size() * sizeof(Segment)),
                           Shape{static_cast<std::int64_t>(segments.size()), sizeof(Segment)});
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
    if (values.momentum && takes_momentum()) row[kMomentum] = static_cast<float>(*values.momentum);
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

// grads becomes grads * most / max(norm, most). Verbs only.
void Optimizer::clip_norm(Backend& backend, const View& grads) {
  View squares = squares_.view(), norm = norm_.view();
  squares.shape = grads.shape;
  norm.shape = Shape{1};
  backend.run(verb::Unary{.y = squares, .x = grads, .params = {.op = UnaryOp::square}});
  backend.run(verb::Reduce{.y = norm, .x = squares});
  backend.run(verb::Unary{.y = norm, .x = norm, .params = {.op = UnaryOp::sqrt}});
  backend.run(verb::Binary{.y = norm, .a = norm, .b = most_.view(), .op = BinaryOp::maximum});
  backend.run(verb::Binary{.y = norm, .a = most_.view(), .b = norm, .op = BinaryOp::divide});
  backend.run(verb::Binary{.y = grads, .a = grads, .b = norm, .op = BinaryOp::multiply});
}

void Optimizer::prepare_grads(Backend& backend) {
  parameters_.settle_grads();
  for (const Tensor& grad : frozen_grads_) backend.run(verb::Fill{.y = grad.view(), .value = 0});
  // The gradients of l1 |w| and l2 w^2.
  for (const Penalty& penalty : penalties_)
    for (const auto& [factor, op] :
         {std::pair{penalty.l1, UnaryOp::abs}, std::pair{penalty.l2, UnaryOp::square}})
      if (factor.defined())
        backend.run(verb::UnaryBackward{.dx = penalty.grad.view(),
                                        .dy = factor.view(),
                                        .x = penalty.weight.view(),
                                        .y = penalty.weight.view(),
                                        .params = {.op = op},
                                        .write = Write::add});
  const View all = parameters_.grads().view();
  if (clip_.value > 0) {
    const double bound = static_cast<double>(clip_.value);
    backend.run(verb::Unary{
        .y = all, .x = all, .params = {.op = UnaryOp::clamp, .alpha = -bound, .beta = bound}});
  }
  if (clip_.norm > 0) clip_norm(backend, all);
  if (clip_.each_norm > 0)
    for (const ParameterInfo& entry : parameters_.entries())
      clip_norm(backend, parameters_.grads().part(entry.offset, Shape{entry.shape.count()}).view());
}

void Optimizer::step() {
  prepare_grads(current_backend());
  update(current_backend(), constant_);
  parameters_.zero_grad();
}

void Optimizer::step(const StepTable& table) {
  prepare_grads(current_backend());
  update(current_backend(), table);
  // The table of one step is the same for all: nothing to advance.
  if (table.scalars.shape()[0] > 1)
    current_backend().run(verb::Advance{.counters = table.at.view()});
  parameters_.zero_grad();
}

namespace {

Adam as_adam(const AdamW& spec) {
  return {.lr = spec.lr,
          .beta1 = spec.beta1,
          .beta2 = spec.beta2,
          .epsilon = spec.epsilon,
          .weight_decay = spec.weight_decay,
          .decoupled_decay = true,
          .form = spec.form,
          .groups = spec.groups,
          .clip = spec.clip};
}

struct Make {
  FlatParameters& parameters;
  std::unique_ptr<Optimizer> operator()(const SGD& spec) const {
    return std::make_unique<SgdOptimizer>(spec, parameters);
  }
  std::unique_ptr<Optimizer> operator()(const Adam& spec) const {
    return std::make_unique<AdamOptimizer>(spec, parameters);
  }
  std::unique_ptr<Optimizer> operator()(const AdamW& spec) const {
    return std::make_unique<AdamOptimizer>(as_adam(spec), parameters);
  }
  std::unique_ptr<Optimizer> operator()(const RMSprop& spec) const {
    return std::make_unique<RmsPropOptimizer>(spec, parameters);
  }
  std::unique_ptr<Optimizer> operator()(const Adagrad& spec) const {
    return std::make_unique<RmsPropOptimizer>(spec, parameters);
  }
};

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const OptimizerSpec& spec, FlatParameters& parameters) {
  return std::visit(Make{parameters}, spec);
}

}  // namespace hone::optim
