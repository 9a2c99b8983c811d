// Trials in words: for logs, consoles and reports. Names and texts stand as they are; printable()
// makes them fit for a terminal.
#pragma once

#include <string>

#include "tune/trial_record.h"

namespace hone::tune {

// "n_blocks 2  dropout 0.18  optimizer adam  adam_lr 0.00081"
std::string params_text(const TrialRecord& trial);
// Why a trial was pruned or failed, empty for others.
std::string end_reason(const TrialRecord& trial);

}  // namespace hone::tune
