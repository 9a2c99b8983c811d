// Which checkpoint belongs to which fit.
#include "nn/train/fit_checkpoint.h"

#include "base/error.h"

namespace hone::nn::train {

FitCheckpoint::FitCheckpoint(std::filesystem::path path, std::string settings,
                             std::string fingerprint, std::uint64_t state_bytes)
    : file_(std::move(path)),
      settings_(std::move(settings)),
      fingerprint_(std::move(fingerprint)),
      // Weights, optimizer state and a few slots; far more is not a checkpoint of this model.
      byte_limit_(16 * state_bytes + (std::uint64_t{64} << 20)) {}

std::string FitCheckpoint::where() const { return printable(file_.path().string()); }

std::optional<Checkpoint> FitCheckpoint::load(const Say& say) {
  std::optional<Checkpoint> checkpoint = file_.load(byte_limit_, say);
  if (!checkpoint) return std::nullopt;
  const std::vector<std::string> changes = settings_diff(checkpoint->settings, settings_, where());
  if (!changes.empty()) {
    std::string list;
    for (const std::string& change : changes) list += (list.empty() ? "" : "; ") + change;
    fail(ErrorKind::usage,
         "{}: is the checkpoint of a training with other settings: {}. Use those, or another "
         "checkpoint file, or resume = false to start again",
         where(), list);
  }
  if (checkpoint->fingerprint != fingerprint_)
    say(fmt::format("resumed inexactly: the checkpoint was made on {}, this is {}",
                    printable(checkpoint->fingerprint), fingerprint_));
  return checkpoint;
}

void FitCheckpoint::save(Checkpoint checkpoint) {
  checkpoint.settings = settings_;
  checkpoint.fingerprint = fingerprint_;
  file_.save(checkpoint);
}

}  // namespace hone::nn::train
