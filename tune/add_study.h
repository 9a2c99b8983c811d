// Studies and trials that come from elsewhere: a copy, a journal file, a program that ran them.
#pragma once

#include <string>
#include <vector>

#include "tune/storage/storage.h"

namespace hone::tune {

// Throws Error(usage) that names what is wrong unless the trial is one that may be added to a study
// of so many objectives (Study::add_trial).
void check_added(const TrialRecord& trial, std::size_t objectives);

// Makes the study with the attributes, directions and settings of `info` (its name aside) and adds
// the trials, by number, and what they gave when they were trained again. A RUNNING one becomes
// FAIL. The study must not be there yet.
void add_study(Storage& storage, const std::string& name, const StudyInfo& info,
               std::vector<TrialRecord> trials, const std::vector<Rerun>& reruns = {});

}  // namespace hone::tune
