// Checkpoints. The digest in front is made right first, so that damage behind it is reached.
#include "nn/train/checkpoint.h"

#include <algorithm>
#include <vector>

#include "base/digest.h"
#include "fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hone::nn::train;
  constexpr std::size_t kPrefix = 8 + 32;
  std::vector<std::uint8_t> file(data, data + size);
  if (size >= kPrefix) {
    const std::string digest = hone::digest_hex(data + kPrefix, size - kPrefix);
    std::copy(digest.begin(), digest.end(), file.begin() + 8);
  }
  fuzz::refusing({hone::ErrorKind::data}, "input.checkpoint", [&] {
    const Checkpoint checkpoint = checkpoint_from_bytes(file, "input.checkpoint");
    const std::vector<std::uint8_t> bytes = to_bytes(checkpoint);
    fuzz::require(to_bytes(checkpoint_from_bytes(bytes, "copy")) == bytes,
                  "a checkpoint that was read is written as itself");
    settings_diff(checkpoint.settings, checkpoint.settings, "input.checkpoint");
  });
  return 0;
}
