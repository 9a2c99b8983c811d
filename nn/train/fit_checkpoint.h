// The checkpoint file of one fit: whose it is, and whether the fit can go on from it. Internal to
// nn/train.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "nn/train/checkpoint.h"

namespace hone::nn::train {

class FitCheckpoint {
 public:
  using Say = std::function<void(const std::string&)>;

  // settings: what must be equal for going on, a JSON object; fingerprint: what must be equal for
  // equal bits; state_bytes: the size of the model's weights, which bounds what is read.
  FitCheckpoint(std::filesystem::path path, std::string settings, std::string fingerprint,
                std::uint64_t state_bytes);

  // The generation to go on from, nothing when there is none. Throws Error(usage) that lists the
  // settings that differ, Error(data) when no generation can be read.
  std::optional<Checkpoint> load(const Say& say);
  // Adds settings and fingerprint, and writes. Throws Error(storage).
  void save(Checkpoint checkpoint);
  // The file's name for messages.
  std::string where() const;

 private:
  CheckpointFile file_;
  std::string settings_, fingerprint_;
  std::uint64_t byte_limit_;
};

}  // namespace hone::nn::train
