// Trials in words.
#include "tune/trial_text.h"

#include "base/error.h"

namespace hone::tune {

std::string params_text(const TrialRecord& trial) {
  std::string text;
  for (const Parameter& parameter : trial.params) {
    const Value value = parameter.value();
    const double* number = std::get_if<double>(&value);
    text += fmt::format("{}{} {}", text.empty() ? "" : "  ", parameter.name,
                        number ? fmt::format("{:.3g}", *number) : to_text(value));
  }
  return text;
}

std::string end_reason(const TrialRecord& trial) {
  const bool pruned = trial.state == TrialState::pruned;
  const auto found = trial.user_attrs.find(pruned ? "prune_reason" : "fail_reason");
  if (found == trial.user_attrs.end()) return {};
  try {
    return to_text(value_from_json(found->second));
  } catch (const Error&) {
    return found->second;  // a list or an object, from another program
  }
}

}  // namespace hone::tune
