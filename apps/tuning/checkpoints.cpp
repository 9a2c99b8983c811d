// Names and removal of checkpoints.
#include "apps/tuning/checkpoints.h"

#include <filesystem>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/numbers.h"
#include "nn/train/checkpoint.h"
#include "tune/training/run_trial.h"

namespace hone::app {
namespace {

constexpr std::uint64_t kByteLimit = std::uint64_t{1} << 36;
const std::string kEnding = ".checkpoint";
const std::string kOldStart = "trial-";  // hone 0.1: "trial-<N>.checkpoint"

// N of "<start>N".
std::optional<std::uint64_t> number_after(const std::string& name, const std::string& start) {
  if (!name.starts_with(start)) return std::nullopt;
  return parse_uint(name.substr(start.size()));
}

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

std::string trial_checkpoint(const Run& run, const std::string& study_token, int trial) {
  const std::string name = tune::training::checkpoint_name(study_token, trial) + kEnding;
  const std::string old = fmt::format("{}{}{}", kOldStart, trial, kEnding);
  return !run.folder->has(name) && is_checkpoint(*run.folder / old) ? old : name;
}

void remove_checkpoint(const Run& run, const std::string& name) {
  for (const std::string& file : files_of(name)) {
    std::error_code ignored;
    if (run.folder->has(file) && is_checkpoint(*run.folder / file))
      std::filesystem::remove(*run.folder / file, ignored);
  }
}

void remove_trial_checkpoints(const Run& run, const std::string& study_token, int trials) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(run.out)) {
    std::string name = entry.path().filename().string();
    const std::size_t end = name.find(kEnding);
    if (end == std::string::npos) continue;
    name.resize(end);  // without .checkpoint, .checkpoint.prev, .checkpoint.link
    const bool ours = !study_token.empty() && name.starts_with(study_token + "-");
    const std::optional<std::uint64_t> old = number_after(name, kOldStart);
    if (ours || (old && *old < static_cast<std::uint64_t>(trials))) names.push_back(name + kEnding);
  }
  for (const std::string& name : names) remove_checkpoint(run, name);
}

void make_room_for_checkpoint(const Run& run, const std::string& name) {
  for (const std::string& file : files_of(name))
    if (run.folder->has(file) && !is_checkpoint(*run.folder / file)) run.folder->keep_aside(file);
}

}  // namespace hone::app
