// The checkpoint file of one fit: whose it is, and whether the fit can go on from it. Internal to
// nn/train.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "nn/train/checkpoint.h"

namespace hone::nn::train {

class FitCheckpoint {
 public:
  using Say = std::function<void(const std::string&)>;
  struct Options {
    std::filesystem::path path;
    bool is_cache = false;  // see FitOptions::checkpoint_is_cache
  };

  // settings: what must be equal for going on, a JSON object; fingerprint: what must be equal for
  // equal bits; state_bytes: the size of the model's weights, which bounds what is read.
  FitCheckpoint(const Options& options, std::string settings, std::string fingerprint,
                std::uint64_t state_bytes);

  // The generation to go on from, nothing when there is none. Throws Error(usage) that lists the
  // settings that differ, Error(data) when no generation can be read; a cache does neither.
  std::optional<Checkpoint> load(const Say& say);
  // Adds settings and fingerprint, and writes. False: a file of somebody else has the name, nothing
  // was done. Throws Error(storage).
  bool save(Checkpoint checkpoint);
  // Renames both generations to "<name>.damaged", where they are hone's; `why` is told.
  void set_aside(const std::string& why, const Say& say);
  bool is_cache() const { return is_cache_; }
  // The file's name for messages.
  std::string where() const;

 private:
  void leave_alone(const std::string& why, const Say& say);

  CheckpointFile file_;
  bool is_cache_;
  bool foreign_ = false;  // the file is not ours to write
  std::string settings_, fingerprint_;
  std::uint64_t byte_limit_;
};

}  // namespace hone::nn::train
