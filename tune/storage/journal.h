// Optuna's journal file: the log of operations that its JournalStorage keeps, one JSON object a
// line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tune/storage/storage.h"

namespace hone::tune {

struct JournalStudy {
  StudyInfo info;  // without key and settings, which a journal has none of
  std::vector<TrialRecord> trials;
};

// Plays the log: the studies that are there at its end. What Optuna ignores is ignored: a study
// made twice, changes of finished trials, a WAITING trial taken twice, an unfinished last line.
// Times without an offset are taken for UTC. Throws Error(data) that names the line for anything
// else that is no such log. `name` is for messages.
std::vector<JournalStudy> read_journal(std::string_view text, const std::string& name);

// A log that makes these studies; Optuna reads it as a JournalFileBackend.
std::string write_journal(const std::vector<JournalStudy>& studies);

}  // namespace hone::tune
