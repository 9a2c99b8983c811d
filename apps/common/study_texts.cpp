// Words about studies.
#include "apps/common/study_texts.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.h"

namespace hone::app {

std::string params_text(const tune::TrialRecord& trial) {
  std::string text;
  for (const tune::Parameter& parameter : trial.params) {
    const tune::Value value = parameter.value();
    const double* number = std::get_if<double>(&value);
    text += fmt::format("{}{} {}", text.empty() ? "" : "  ", parameter.name,
                        number ? fmt::format("{:.3g}", *number) : tune::to_text(value));
  }
  return text;
}

std::string end_reason(const tune::TrialRecord& trial) {
  const auto found = trial.user_attrs.find(trial.state == tune::TrialState::pruned ? "prune_reason"
                                                                                   : "fail_reason");
  if (found == trial.user_attrs.end()) return "";
  const tune::Value value = tune::value_from_json(found->second);
  const std::string* text = std::get_if<std::string>(&value);
  return text ? *text : "";
}

int finished_trials(const std::vector<tune::TrialRecord>& trials) {
  return static_cast<int>(std::count_if(trials.begin(), trials.end(), [](const auto& trial) {
    return tune::is_finished(trial.state);
  }));
}

std::optional<tune::TrialRecord> best_trial(const tune::Study& study) {
  try {
    return study.best();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    return std::nullopt;  // no trial is complete yet
  }
}

std::string failures_text(const std::vector<tune::TrialRecord>& trials, std::size_t most) {
  std::map<std::string, int> counts;
  for (const tune::TrialRecord& trial : trials)
    if (trial.state == tune::TrialState::fail) ++counts[end_reason(trial)];
  std::vector<std::pair<std::string, int>> reasons(counts.begin(), counts.end());
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  reasons.resize(std::min(reasons.size(), most));
  std::string text;
  for (const auto& [reason, count] : reasons)
    text += fmt::format("{}{} failed: {}", text.empty() ? "" : "\n", count,
                        reason.empty() ? "no reason is stored" : printable(reason));
  return text;
}

std::optional<tune::StudySummary> find_study(const std::string& storage, const std::string& name) {
  if (storage == "memory") return std::nullopt;
  const std::string scheme = "sqlite:///";
  std::error_code ignored;
  if (storage.starts_with(scheme) && storage.size() > scheme.size() &&
      !std::filesystem::exists(storage.substr(scheme.size()), ignored))
    return std::nullopt;
  for (const tune::StudySummary& summary : tune::Study::list(storage))
    if (summary.name == name) return summary;
  return std::nullopt;
}

}  // namespace hone::app
