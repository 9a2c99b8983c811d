// Trials as text for other programs.
#pragma once

#include <string>
#include <vector>

#include "tune/trial_record.h"

namespace hone::tune {

// See Study::trials_csv() and Study::trials_json().
std::string export_csv(const std::vector<TrialRecord>& trials);
std::string export_json(const std::string& study, const std::vector<Direction>& directions,
                        const std::vector<TrialRecord>& trials);

}  // namespace hone::tune
