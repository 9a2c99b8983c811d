// The state of a fit in one file: everything that going on with the same bits needs.
//
// Layout: the 8 bytes "honeckp1", 32 hexadecimal digits (the XXH3 digest of all that follows), then
// a safetensors file whose metadata entry "state" is a JSON object. Never edited in place.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nn/io/safetensors.h"
#include "nn/train/history.h"

namespace hone::nn::train {

struct Checkpoint {
  std::string settings;     // a JSON object: what must be equal for going on
  std::string fingerprint;  // of the device: what must be equal for equal bits
  float learning_rate = 0;
  std::int64_t batch = 0;  // batches done in the epoch after the last one of `history`
  History history;
  std::string stopped;  // the reason of an early stop, empty while training goes on
  std::vector<std::pair<std::string, std::string>> callbacks;  // name, state
  std::optional<double> best;
  int best_epoch = 0;
  // Weights, optimizer state, counters, metric sums, weight slots.
  std::vector<io::TensorData> tensors;
};

// Throws Error(data) that names the file (by `name`) and the field.
std::vector<std::uint8_t> to_bytes(const Checkpoint& checkpoint);
Checkpoint checkpoint_from_bytes(std::span<const std::uint8_t> bytes, const std::string& name);

// What differs between two settings, one "field was a, is b" each; empty when they are equal.
// Throws Error(data) that begins with `where` when those from before cannot be read.
std::vector<std::string> settings_diff(const std::string& before, const std::string& now,
                                       const std::string& where);

// A checkpoint at `path`, and the generation before it at `<path>.prev`.
class CheckpointFile {
 public:
  explicit CheckpointFile(std::filesystem::path path);

  // The newest generation that can be read, nothing when there is no file. `message` gets a line
  // when that is not the newest one. Files above `byte_limit` are refused unread. Throws
  // Error(data) when there are files and none can be read.
  std::optional<Checkpoint> load(std::uint64_t byte_limit,
                                 const std::function<void(const std::string&)>& message);
  // Replaces the file; the old one becomes `<path>.prev`, unless it was found corrupt or belongs to
  // another fit. Throws Error(storage); the old generation is then intact.
  void save(const Checkpoint& checkpoint);

  // Whether neither file is there or both begin as checkpoints do, whole or damaged: what does not
  // is somebody else's.
  bool is_ours() const;
  // Renames the files that are there to `<name>.damaged`, replacing older ones of that name. Throws
  // Error(storage).
  void set_aside();

  // Removes what is_ours() among the two files; never throws.
  void remove();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_, previous_;
  bool keep_old_ = false;  // the file at path_ is a good generation of this fit
};

}  // namespace hone::nn::train
