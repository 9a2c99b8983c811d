// What decides the trials of a study, as texts: stored with it, compared when it is opened again.
// Internal to tune.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "tune/study.h"

namespace hone::tune {

using StudySettings = std::map<std::string, std::string>;

// direction, seed, history, sampler, pruner and the caller's own. "history" is absent while the lag
// of a deterministic study is not fixed. Throws Error(usage) when a name of the caller's is taken.
StudySettings settings_of(const StudyOptions& options);
// The value of "history" for a lag, and back: 0 when the lag is not fixed, nothing when the study
// is not deterministic. Throws Error(usage) on a text that is neither.
std::string history_setting(int lag, const Sampler& sampler);
std::optional<int> stored_lag(const StudySettings& settings);
// StudyOptions::reported_objective; 0 where nothing is stored.
int reported_objective(const StudySettings& settings);
// A deterministic study with a lag above 1 shows pending trials at the points they plan.
bool plans_pending(const StudySettings& settings);
// Throws Error(usage) with a table of the differences. Samplers and pruners are compared by what
// they are made of, so that an option that a later version has added counts with its default; a lag
// of 0 in `options` takes any stored one.
void compare_settings(const StudyInfo& info, const StudyOptions& options, const std::string& where);

}  // namespace hone::tune
