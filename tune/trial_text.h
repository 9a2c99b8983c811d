// Trials in words: for logs, consoles and reports. Names and texts stand as they are; printable()
// makes them fit for a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tune/trial_record.h"

namespace hone::tune {

// "n_blocks 2  dropout 0.18  optimizer adam  adam_lr 0.00081"
// The first `most` of them, then "and 12 more".
std::string params_text(const TrialRecord& trial, std::size_t most = SIZE_MAX);
// "minimize" or "maximize".
const char* direction_name(Direction direction);
// Why a trial was pruned or failed, empty for others.
std::string end_reason(const TrialRecord& trial);
// "trial   3  complete  0.0123  x 0.1  kind b  best 0.01 (trial 2)  1.2 s", of a finished trial;
// its reason stands behind the state. `best` may be null. Printable.
std::string trial_line(const TrialRecord& trial, const TrialRecord* best);

}  // namespace hone::tune
