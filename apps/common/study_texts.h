// Words about studies and their trials, and looking for a study without making one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tune/study.h"
#include "tune/trial_text.h"

namespace hone::app {

using tune::end_reason;
using tune::params_text;
// How many trials are finished: complete, pruned or failed.
int finished_trials(const std::vector<tune::TrialRecord>& trials);
// The best COMPLETE trial, if any.
std::optional<tune::TrialRecord> best_trial(const tune::Study& study);
// Why trials failed, the most frequent reason first: "3 failed: out of memory\n2 failed: ..."; at
// most `most` reasons, empty when none failed.
std::string failures_text(const std::vector<tune::TrialRecord>& trials, std::size_t most);

// The study's line in its storage; nothing when there is none, no database, or for "memory". Makes
// nothing. Throws what opening the storage throws, Error(usage) for a storage that is none.
std::optional<tune::StudySummary> find_study(const std::string& storage, const std::string& name);

}  // namespace hone::app
