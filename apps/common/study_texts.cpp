// Words about studies.
#include "apps/common/study_texts.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.h"

namespace hone::app {

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
