// The search: a study of trainings, live on the console, resumable.
#pragma once

#include <cstdint>

#include "apps/tuning/run.h"

namespace hone::app {

// Opens or makes the study; changed settings are refused with their differences and the options
// that help. `exists`: it is there already.
tune::Study open_or_explain(const tune::StudyOptions& options, bool exists);

// Enqueues the problem's default configuration in a study that has no trial yet.
void add_default_trial(const Run& run, tune::Study& study);

struct SearchTotals {
  double seconds = 0;  // of this call
  std::int64_t images = 0;
};

// Runs trials until the study has problem.trials. Returns early when cancelled or timed out.
SearchTotals search(const Run& run, tune::Study& study, Console& console);

}  // namespace hone::app
