// Names and removal of checkpoints.
#include "apps/fmnist_tune/checkpoints.h"

#include "base/error.h"
#include "base/files.h"
#include "nn/train/checkpoint.h"
#include "tune/training/run_trial.h"

namespace hone::app {
namespace {

constexpr std::uint64_t kByteLimit = std::uint64_t{1} << 36;

bool is_checkpoint(const std::filesystem::path& file) {
  try {
    nn::train::checkpoint_from_bytes(read_file(file, kByteLimit), file.string());
    return true;
  } catch (const Error&) {
    return false;
  }
}

// The names that the writer of checkpoints gives its files, CheckpointFile in nn/train.
std::vector<std::string> files_of(const std::string& name) {
  return {name, name + ".prev", name + ".link"};
}

}  // namespace

std::vector<std::string> trial_checkpoints(const std::string& study_token, int trial) {
  return {tune::training::checkpoint_name(study_token, trial) + ".checkpoint",
          fmt::format("trial-{}.checkpoint", trial)};
}

std::string trial_checkpoint(const Run& run, const std::string& study_token, int trial) {
  const std::vector<std::string> names = trial_checkpoints(study_token, trial);
  const bool old = !run.folder->has(names[0]) && is_checkpoint(*run.folder / names[1]);
  return names[old ? 1 : 0];
}

void remove_checkpoint(const Run& run, const std::string& name) {
  for (const std::string& file : files_of(name)) {
    std::error_code ignored;
    if (run.folder->has(file) && is_checkpoint(*run.folder / file))
      std::filesystem::remove(*run.folder / file, ignored);
  }
}

void make_room_for_checkpoint(const Run& run, const std::string& name) {
  for (const std::string& file : files_of(name))
    if (run.folder->has(file) && !is_checkpoint(*run.folder / file)) run.folder->keep_aside(file);
}

}  // namespace hone::app
