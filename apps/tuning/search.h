// The search: a study of trainings, live on the console, resumable.
#pragma once

#include <cstdint>

#include "apps/tuning/run.h"

namespace hone::app {

struct SearchTotals {
  double seconds = 0;  // of this call
  std::int64_t images = 0;
};

// Runs trials until the study has problem.trials. Returns early when cancelled or timed out.
SearchTotals search(const Run& run, tune::Study& study, Console& console);

}  // namespace hone::app
