// Words about studies.
#include "apps/common/study_texts.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.h"

namespace hone::app {

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
  const auto collect = [&](tune::TrialState state) {
    for (const tune::TrialRecord& trial : trials)
      if (trial.state == state) ++counts[end_reason(trial)];
    return !counts.empty();
  };
  const bool failed = collect(tune::TrialState::fail);
  if (!failed) collect(tune::TrialState::pruned);
  std::vector<std::pair<std::string, int>> reasons(counts.begin(), counts.end());
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  reasons.resize(std::min(reasons.size(), most));
  std::string text;
  for (const auto& [reason, count] : reasons)
    text +=
        fmt::format("{}{} {}: {}", text.empty() ? "" : "\n", count, failed ? "failed" : "pruned",
                    reason.empty() ? "no reason is stored" : printable(reason));
  return text;
}

bool storage_exists(const std::string& storage) {
  if (storage == "memory") return false;
  std::error_code ignored;
  return !storage.starts_with(kSqlite) || storage.size() == kSqlite.size() ||
         std::filesystem::exists(storage.substr(kSqlite.size()), ignored);
}

std::shared_ptr<tune::Storage> existing_storage(const std::string& storage) {
  if (!storage_exists(storage)) return nullptr;
  // The database of a server is there already; without tables it is no study's yet.
  return tune::open_storage(storage, {.create = !storage.starts_with(kSqlite)});
}

}  // namespace hone::app
