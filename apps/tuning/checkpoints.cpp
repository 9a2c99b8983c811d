// Names and removal of checkpoints.
#include "apps/tuning/checkpoints.h"

#include <optional>

#include "apps/common/checkpoint_files.h"
#include "base/numbers.h"
#include "tune/training/run_trial.h"

namespace hone::app {
namespace {

const std::string kOldStart = "trial-";  // hone 0.1: "trial-<N>.checkpoint"

// N of "<start>N".
std::optional<std::uint64_t> number_after(const std::string& name, const std::string& start) {
  if (!name.starts_with(start)) return std::nullopt;
  return parse_uint(name.substr(start.size()));
}

}  // namespace

std::string trial_checkpoint(const Run& run, const std::string& study_token, int trial) {
  const std::string name = tune::training::checkpoint_name(study_token, trial) + kCheckpointEnding;
  const std::string old = fmt::format("{}{}{}", kOldStart, trial, kCheckpointEnding);
  return !run.folder->has(name) && is_checkpoint(*run.folder / old) ? old : name;
}

void remove_checkpoint(const Run& run, const std::string& name) {
  remove_checkpoint_files(run.out, name);
}

void remove_trial_checkpoints(const Run& run, const std::string& study_token, int trials) {
  remove_study_checkpoints(run.out, study_token);
  for (const std::string& name : checkpoint_names(run.out)) {
    const std::string stem = name.substr(0, name.size() - kCheckpointEnding.size());
    const std::optional<std::uint64_t> old = number_after(stem, kOldStart);
    if (old && *old < static_cast<std::uint64_t>(trials)) remove_checkpoint(run, name);
  }
}

void make_room_for_checkpoint(const Run& run, const std::string& name) {
  for (const std::string& file : checkpoint_files(name))
    if (run.folder->has(file) && !is_checkpoint(*run.folder / file)) run.folder->keep_aside(file);
}

}  // namespace hone::app
