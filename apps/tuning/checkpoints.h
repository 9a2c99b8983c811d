// The checkpoints of a run in its output folder: their names, and removing them.
//
// A checkpoint changes with every epoch, so the manifest of the folder cannot list it. It carries
// its own digest instead: a file that is a whole checkpoint was written by hone.
#pragma once

#include <string>

#include "apps/tuning/run.h"

namespace hone::app {

inline constexpr const char* kFinalCheckpoint = "final.checkpoint";
inline constexpr const char* kFinalJob = "final.job";  // what final.checkpoint is a training of

// Of a trial: "<token of the study>-<number>.checkpoint"; two studies in one folder never meet.
// Where hone 0.1 left "trial-<number>.checkpoint", that one is gone on with.
std::string trial_checkpoint(const Run& run, const std::string& study_token, int trial);

// Removes the checkpoint `name` and the generation before it. What is no checkpoint stays.
void remove_checkpoint(const Run& run, const std::string& name);

// Removes the checkpoints of a study's trials; under the names of hone 0.1, which do not tell one
// study from another, those of the first `trials` trials. The token may be empty.
void remove_trial_checkpoints(const Run& run, const std::string& study_token, int trials);

// Nothing but a checkpoint is in the place of `name` afterwards: another file is renamed.
void make_room_for_checkpoint(const Run& run, const std::string& name);

}  // namespace hone::app
