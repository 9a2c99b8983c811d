// Which checkpoint belongs to which fit.
#include "nn/train/fit_checkpoint.h"

#include "base/error.h"

namespace hone::nn::train {

FitCheckpoint::FitCheckpoint(const Options& options, std::string settings, std::string fingerprint,
                             std::uint64_t state_bytes)
    : file_(options.path),
      is_cache_(options.is_cache),
      settings_(std::move(settings)),
      fingerprint_(std::move(fingerprint)),
      // Weights, optimizer state and a few slots; far more is not a checkpoint of this model.
      byte_limit_(16 * state_bytes + (std::uint64_t{64} << 20)) {}

std::string FitCheckpoint::where() const { return printable(file_.path().string()); }

std::optional<Checkpoint> FitCheckpoint::load(const Say& say) {
  foreign_ = false;
  if (is_cache_ && !file_.is_ours()) {
    leave_alone("is not a checkpoint of this version", say);
    return std::nullopt;
  }
  std::optional<Checkpoint> checkpoint;
  std::vector<std::string> changes;
  try {
    checkpoint = file_.load(byte_limit_, say);
    if (!checkpoint) return std::nullopt;
    changes = settings_diff(checkpoint->settings, settings_, where());
  } catch (const Error& error) {
    if (!is_cache_ || error.kind() != ErrorKind::data) throw;
    set_aside(error.what(), say);
    return std::nullopt;
  }
  if (!changes.empty()) {
    std::string list;
    for (const std::string& change : changes) list += (list.empty() ? "" : "; ") + change;
    if (is_cache_) {
      leave_alone("is the checkpoint of a training with other settings: " + list, say);
      return std::nullopt;
    }
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

void FitCheckpoint::leave_alone(const std::string& why, const Say& say) {
  foreign_ = true;
  say(fmt::format("{}: {}; it is left alone, and this training starts anew without a checkpoint",
                  where(), why));
}

void FitCheckpoint::set_aside(const std::string& why, const Say& say) {
  file_.set_aside();
  say(fmt::format("{}; it is renamed to {}.damaged, and this training starts anew", why, where()));
}

bool FitCheckpoint::save(Checkpoint checkpoint) {
  if (foreign_) return false;
  checkpoint.settings = settings_;
  checkpoint.fingerprint = fingerprint_;
  file_.save(checkpoint);
  return true;
}

}  // namespace hone::nn::train
