// Reading trials and their parts from SQLite; what the file holds is checked on the way.
#pragma once

#include <map>
#include <string>

#include "tune/storage/sqlite_db.h"
#include "tune/trial_record.h"

namespace hone::tune {

// Fills the attributes of one trial.
void read_attributes(Database& database, TrialRecord& trial);

std::string settings_to_json(const std::map<std::string, std::string>& settings);
std::map<std::string, std::string> settings_from_json(const std::string& text,
                                                      const std::string& what);

}  // namespace hone::tune
