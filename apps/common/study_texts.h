// Words about studies and their trials, and looking for a storage without making one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tune/study.h"
#include "tune/trial_text.h"

namespace hone::app {

using tune::end_reason;
using tune::params_text;
// The best COMPLETE trial, if any.
std::optional<tune::TrialRecord> best_trial(const tune::Study& study);
// Why trials failed, the most frequent reason first: "3 failed: out of memory\n2 failed: ..."; at
// most `most` reasons, empty when none failed.
std::string failures_text(const std::vector<tune::TrialRecord>& trials, std::size_t most);

// What a storage begins with that is a file.
inline const std::string kSqlite = "sqlite:///";
// Whether there can be studies in it: false for "memory", and for a file that is not there.
bool storage_exists(const std::string& storage);
// The storage, when it is there already; null when there is no database, or for "memory". Throws
// what opening the storage throws, Error(usage) for a storage that is none.
std::shared_ptr<tune::Storage> existing_storage(const std::string& storage);

}  // namespace hone::app
