// Trials in words.
#include "tune/trial_text.h"

#include "base/error.h"

namespace hone::tune {
namespace {

constexpr std::size_t kMostParams = 8;  // in a line; more are not read

const char* ending(TrialState state) {
  switch (state) {
    case TrialState::complete:
      return "complete";
    case TrialState::pruned:
      return "pruned";
    case TrialState::fail:
      return "failed";
    default:
      return "open";
  }
}

}  // namespace

std::string params_text(const TrialRecord& trial, std::size_t most) {
  std::string text;
  for (const Parameter& parameter : trial.params) {
    if (most-- == 0) {
      const auto done = static_cast<std::size_t>(&parameter - trial.params.data());
      return text + fmt::format("  and {} more", trial.params.size() - done);
    }
    const Value value = parameter.value();
    const double* number = std::get_if<double>(&value);
    text += fmt::format("{}{} {}", text.empty() ? "" : "  ", parameter.name,
                        number ? fmt::format("{:.3g}", *number) : to_text(value));
  }
  return text;
}

const char* direction_name(Direction direction) {
  return direction == Direction::minimize ? "minimize" : "maximize";
}

std::string end_reason(const TrialRecord& trial) {
  const auto found =
      trial.user_attrs.find(trial.state == TrialState::pruned ? "prune_reason" : "fail_reason");
  if (found == trial.user_attrs.end()) return "";
  try {
    const Value value = value_from_json(found->second);
    const std::string* text = std::get_if<std::string>(&value);
    return text != nullptr ? *text : to_text(value);
  } catch (const Error&) {
    return found->second;  // a list or an object, which somebody else has put there
  }
}

std::string trial_line(const TrialRecord& trial, const TrialRecord* best) {
  std::string line = fmt::format("trial {:>3}  {:<8}", trial.number, ending(trial.state));
  for (const double& value : trial.values)
    line += fmt::format("{}{:.6g}", &value == trial.values.data() ? "  " : ", ", value);
  if (const std::string reason = end_reason(trial); !reason.empty())
    line += fmt::format("  ({})", printable(reason));
  if (const std::string params = params_text(trial, kMostParams); !params.empty())
    line += "  " + printable(params);
  if (best != nullptr)
    line += fmt::format("  best {:.6g} (trial {})", *best->value(), best->number);
  if (trial.start_time > 0 && trial.end_time >= trial.start_time)
    line +=
        fmt::format("  {:.1f} s", static_cast<double>(trial.end_time - trial.start_time) * 1e-6);
  return line;
}

}  // namespace hone::tune
