// Training the best trials of a study again with fresh seeds, before one is named.
#pragma once

#include <functional>
#include <memory>

#include "tune/study.h"
#include "tune/training/replay.h"
#include "tune/winner.h"

namespace hone::tune::training {

struct RerunOptions {
  int candidates = 1;  // so many of the best trials, and the default configuration
  int seeds = 3;       // of each
  std::function<std::unique_ptr<Backend>()> backend = {};
  // The checkpoint of a training, from which it goes on after a kill; null: none.
  std::function<std::string(int trial, int seed)> checkpoint = {};
  // Called before a training, and with its result behind it.
  std::function<void(int trial, int seed)> on_begin = {};
  std::function<void(const Rerun&)> on_end = {};
};

// Trains what is missing and keeps each result with the study (Study::add_rerun), so a call after a
// kill goes on with what is missing; the checkpoint of `run` is not looked at. All
// trials get the same seeds, and every training goes to its end. A training that fails counts as
// NaN. False: it was cancelled. Throws what run_trial() throws.
bool rerun_best(Study& study, const Describe& describe, const RunOptions& run,
                const RerunOptions& options);

}  // namespace hone::tune::training
