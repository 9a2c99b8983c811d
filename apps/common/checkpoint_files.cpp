// Names and removal of checkpoints.
#include "apps/common/checkpoint_files.h"

#include <cstdint>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "nn/train/checkpoint.h"

namespace hone::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kByteLimit = std::uint64_t{1} << 36;

}  // namespace

bool is_checkpoint(const fs::path& file) {
  try {
    nn::train::checkpoint_from_bytes(read_file(file, kByteLimit), file.string());
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::vector<std::string> checkpoint_files(const std::string& name) {
  return {name, name + ".prev", name + ".link"};
}

std::vector<std::string> checkpoint_names(const fs::path& folder) {
  std::set<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const std::size_t end = name.find(kCheckpointEnding);
    if (end != std::string::npos) names.insert(name.substr(0, end + kCheckpointEnding.size()));
  }
  return {names.begin(), names.end()};
}

int remove_checkpoint_files(const fs::path& folder, const std::string& name) {
  int count = 0;
  for (const std::string& file : checkpoint_files(name)) {
    std::error_code ignored;
    if (fs::exists(folder / file, ignored) && is_checkpoint(folder / file))
      count += fs::remove(folder / file, ignored) ? 1 : 0;
  }
  return count;
}

int remove_study_checkpoints(const fs::path& folder, const std::string& token) {
  if (token.empty()) return 0;
  int count = 0;
  for (const std::string& name : checkpoint_names(folder))
    if (name.starts_with(token + "-")) count += remove_checkpoint_files(folder, name);
  return count;
}

}  // namespace hone::app
