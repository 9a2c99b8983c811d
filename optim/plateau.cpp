// ReduceLROnPlateau's counters.
#include "optim/plateau.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/json.h"

namespace hone::optim {

Plateau::Plateau(const PlateauOptions& options) : options_(options) {
  check(options.factor > 0 && options.factor < 1,
        "plateau: factor is {}, it must be above 0 and below 1", options.factor);
  check(options.patience >= 0 && options.cooldown >= 0,
        "plateau: patience {} and cooldown {} must not be negative", options.patience,
        options.cooldown);
  check(std::isfinite(options.min_delta) && options.min_delta >= 0,
        "plateau: min_delta is {}, it must be finite and not negative", options.min_delta);
  check(std::isfinite(options.min_lr) && options.min_lr >= 0,
        "plateau: min_lr is {}, it must be finite and not negative", options.min_lr);
}

float Plateau::step(double metric, float learning_rate) {
  if (cooldown_left_ > 0) {
    --cooldown_left_;
    wait_ = 0;
  }
  const bool better = !best_ || (options_.maximize ? metric > *best_ + options_.min_delta
                                                   : metric < *best_ - options_.min_delta);
  if (better) {
    best_ = metric;
    wait_ = 0;
    return learning_rate;
  }
  if (cooldown_left_ > 0) return learning_rate;
  ++wait_;
  if (wait_ < options_.patience || learning_rate <= static_cast<float>(options_.min_lr))
    return learning_rate;
  cooldown_left_ = options_.cooldown;
  wait_ = 0;
  return static_cast<float>(
      std::max(static_cast<double>(learning_rate) * options_.factor, options_.min_lr));
}

std::string Plateau::state() const {
  return write_json(
      Json::object({{"wait", wait_}, {"cooldown_left", cooldown_left_}, {"best", best_}}));
}

void Plateau::restore(const std::string& state) {
  const JsonDocument document(state, "plateau: the saved state");
  const JsonNode root = document.root();
  wait_ = root.at("wait").get<int>();
  cooldown_left_ = root.at("cooldown_left").get<int>();
  best_ = root.at("best").get_optional<double>();
}

}  // namespace hone::optim
