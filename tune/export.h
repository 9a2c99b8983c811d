// Trials as text for other programs.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tune/trial_record.h"

namespace hone::tune {

// The columns of the values: "value", or of several objectives "values_0", "values_1", ..., or
// "values_<metric name>" where there are names.
std::vector<std::string> value_columns(std::size_t objectives,
                                       const std::vector<std::string>& metric_names);

// See Study::trials_csv() and Study::trials_json(). `values`: the columns' names.
std::string export_csv(const std::vector<TrialRecord>& trials,
                       const std::vector<std::string>& values);
std::string export_json(const std::string& study, const std::vector<Direction>& directions,
                        const std::vector<TrialRecord>& trials);

}  // namespace hone::tune
