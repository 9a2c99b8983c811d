// The state machine of ReduceLROnPlateau, exactly as Keras 3 runs it.
#pragma once

#include <optional>
#include <string>

namespace hone::optim {

// Defaults are Keras'. Note that cooldown k gives k - 1 extra epochs (the countdown runs before the
// test), and that PyTorch's patience p acts like p + 1 here.
struct PlateauOptions {
  double factor = 0.1;      // < 1
  int patience = 10;        // epochs without improvement before a cut
  double min_delta = 1e-4;  // absolute
  int cooldown = 0;
  double min_lr = 0;
  bool maximize = false;
  bool operator==(const PlateauOptions&) const = default;
};

class Plateau {
 public:
  // Throws Error(usage) when factor is not between 0 and 1, a count is negative, or min_delta or
  // min_lr is negative or not finite.
  explicit Plateau(const PlateauOptions& options);

  // One epoch: its metric and the rate that was in force. Returns the rate for the next epoch.
  // Arithmetic in float, as the rate is a float variable in Keras. The first metric is the best so
  // far even when it is NaN (and then nothing improves on it); a later NaN is no improvement.
  float step(double metric, float learning_rate);

  // For checkpoints: one line of JSON with every counter, exact.
  std::string state() const;
  void restore(const std::string& state);

 private:
  PlateauOptions options_;
  std::optional<double> best_;  // none before the first epoch
  int wait_ = 0;
  int cooldown_left_ = 0;
};

}  // namespace hone::optim
