// What an output folder holds already: whether its results are those of this call, and the final
// training that need not be done again.
//
// The notes of the folder's manifest say it: "result" what the results were made from, "final" of
// which training model.safetensors and history.csv are. The digests of the manifest say whether a
// file is still as it was written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/tuning/final_training.h"

namespace hone::app {

struct Finished {
  bool results = false;              // there are results of this study as it is now
  std::vector<std::string> damaged;  // of their files, what is missing or not as it was written
  bool whole() const { return results && damaged.empty(); }
};
// Nothing is left to do for this call where the results are whole.
Finished finished_before(const Run& run, const tune::Study& study);

// After the results are written.
void note_results(const Run& run, const tune::Study& study, bool with_final);

// That model.safetensors and history.csv are of this training (job_of()), or of none that is known.
void note_final(const Run& run, const tune::TrialRecord& best, const FinalResult& final,
                const std::string& job);
void forget_final(const Run& run);

// A file that the final training writes.
bool is_of_final_training(const std::string& name);

// With --no-retrain: throws Error(storage) that says which file of the final training that the
// folder has is damaged, because nothing would make it anew. Reads alone.
void check_final(const Run& run);

// The final training of this trial, where the folder has it whole: the model is tested again. With
// --no-retrain it may have had other epochs; what check_final() throws.
std::optional<FinalResult> known_final(const Run& run, const tune::TrialRecord& best,
                                       Console& console);

}  // namespace hone::app
