// Training a finished trial again from what is stored of it, to see whether the same bits come out.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tune/training/run_trial.h"

namespace hone::tune::training {

using Describe = std::function<nn::train::Training(Trial&)>;

// What a trial that is trained again is asked with: its stored values, number and seed.
Trial fixed_trial(const TrialRecord& stored, std::uint64_t study_seed,
                  std::function<Decision(int step, double value)> answer = nullptr);

struct Replay {
  int reports = 0;         // so many intermediate values were the same
  std::string difference;  // the first thing that was not; empty: all bits are the same
};

// Throws Error(usage) when the trial cannot be trained again: it is not finished, was
// refused before it was trained, or run_trial() has not run it. Throws Error(device) when
// `fingerprint` is not the one that it was trained with: equal bits are promised for equal ones
// alone.
void check_replay(const TrialRecord& stored, const std::string& fingerprint);

// Trains what `describe` makes of the stored parameters, as run_trial() does, and compares
// parameters, every reported value and the end, bit for bit; a NaN is equal to any. Ends at the
// first difference, and where a pruner stopped the trial. `options` as of the trial; its checkpoint
// must be empty. Throws what check_replay() and run_trial() throw, and Error(interrupted).
Replay replay_trial(const TrialRecord& stored, std::uint64_t study_seed, const Describe& describe,
                    std::unique_ptr<Backend> backend, const RunOptions& options);

}  // namespace hone::tune::training
