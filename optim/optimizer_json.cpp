// Optimizers as JSON.
#include "base/json.h"
#include "optim/optimizer.h"

namespace hone::optim {
namespace {

// Fields that came later are left out while they have their defaults: what was written before they
// were there reads the same.
std::string group_json(const ParameterGroup& group) {
  std::string text = fmt::format(
      R"({{"suffix": {}, "learning_rate_scale": {:.9g}, "weight_decay": {:.9g}, "frozen": {})",
      json_quoted(group.suffix), group.learning_rate_scale, group.weight_decay, group.frozen);
  if (!group.prefix.empty()) text += fmt::format(R"(, "prefix": {})", json_quoted(group.prefix));
  if (group.l1 > 0) text += fmt::format(R"(, "l1": {:.9g})", group.l1);
  if (group.l2 > 0) text += fmt::format(R"(, "l2": {:.9g})", group.l2);
  return text + "}";
}

std::string rest_json(const std::vector<ParameterGroup>& groups, const GradientClip& clip) {
  std::string text;
  for (const ParameterGroup& group : groups) text += (text.empty() ? "" : ", ") + group_json(group);
  if (!text.empty()) text = fmt::format(R"(, "groups": [{}])", text);
  if (clip.value > 0) text += fmt::format(R"(, "clip_value": {:.9g})", clip.value);
  if (clip.norm > 0) text += fmt::format(R"(, "clip_norm": {:.9g})", clip.norm);
  if (clip.each_norm > 0) text += fmt::format(R"(, "clip_each_norm": {:.9g})", clip.each_norm);
  return text;
}

const char* form_name(OptimizerForm form) {
  return form == OptimizerForm::keras ? "keras" : "pytorch";
}

struct ToJson {
  std::string operator()(const SGD& s) const {
    return fmt::format(
        R"({{"type": "sgd", "lr": {:.9g}, "momentum": {:.9g}, "nesterov": {}, "weight_decay": {:.9g}, "form": "{}"{}}})",
        s.lr, s.momentum, s.nesterov, s.weight_decay, form_name(s.form),
        rest_json(s.groups, s.clip));
  }
  std::string operator()(const Adam& s) const {
    return fmt::format(
        R"({{"type": "adam", "lr": {:.9g}, "beta1": {:.9g}, "beta2": {:.9g}, "epsilon": {:.9g}, "weight_decay": {:.9g}, )"
        R"("decoupled_decay": {}, "form": "{}"{}}})",
        s.lr, s.beta1, s.beta2, s.epsilon, s.weight_decay, s.decoupled_decay, form_name(s.form),
        rest_json(s.groups, s.clip));
  }
  std::string operator()(const AdamW& s) const {
    return fmt::format(
        R"({{"type": "adamw", "lr": {:.9g}, "beta1": {:.9g}, "beta2": {:.9g}, "epsilon": {:.9g}, "weight_decay": {:.9g}, "form": "{}"{}}})",
        s.lr, s.beta1, s.beta2, s.epsilon, s.weight_decay, form_name(s.form),
        rest_json(s.groups, s.clip));
  }
  std::string operator()(const RMSprop& s) const {
    return fmt::format(
        R"({{"type": "rmsprop", "lr": {:.9g}, "rho": {:.9g}, "momentum": {:.9g}, "epsilon": {:.9g}, "centered": {}, "weight_decay": {:.9g}, "form": "{}"{}}})",
        s.lr, s.rho, s.momentum, s.epsilon, s.centered, s.weight_decay, form_name(s.form),
        rest_json(s.groups, s.clip));
  }
  std::string operator()(const Adagrad& s) const {
    return fmt::format(
        R"({{"type": "adagrad", "lr": {:.9g}, "initial_accumulator": {:.9g}, "epsilon": {:.9g}, "weight_decay": {:.9g}, "form": "{}"{}}})",
        s.lr, s.initial_accumulator, s.epsilon, s.weight_decay, form_name(s.form),
        rest_json(s.groups, s.clip));
  }
};

}  // namespace

std::string to_json(const OptimizerSpec& spec) { return std::visit(ToJson{}, spec); }

}  // namespace hone::optim
