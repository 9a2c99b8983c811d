// The schedules that come with hone.
#include "optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace hone::optim {
namespace {

// From `from` (part = 0) to `to` (part = 1).
double half_cosine(double from, double to, double part) {
  return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * part));
}

bool is_part(double value) { return value >= 0 && std::isfinite(value); }

}  // namespace

StepValues Schedule::at(const StepPosition& position) const {
  if (!held_) return {};
  const StepValues values = held_->at(position);
  check(is_part(values.rate),
        "schedule '{}': the factor of the learning rate is {} at step {}, it must be finite and "
        "not negative",
        text(), values.rate, position.step);
  check(!values.momentum || (*values.momentum >= 0 && *values.momentum < 1),
        "schedule '{}': the momentum is {} at step {}, it must be at least 0 and below 1", text(),
        values.momentum.value_or(0), position.step);
  return values;
}

void StepDecay::check() const {
  hone::check(epochs >= 1, "step decay: epochs is {}, it must be at least 1", epochs);
  hone::check(is_part(factor), "step decay: factor is {}, it must be finite and not negative",
              factor);
}

StepValues StepDecay::at(const StepPosition& position) const {
  const std::int64_t epoch = position.step / position.steps_per_epoch;
  return {.rate = std::pow(factor, static_cast<double>(epoch / epochs))};
}

std::string StepDecay::text() const {
  return fmt::format("step_decay epochs {} factor {}", epochs, factor);
}

void Cosine::check() const {
  hone::check(is_part(end), "cosine: end is {}, it must be finite and not negative", end);
  hone::check(is_part(warmup_epochs),
              "cosine: warmup_epochs is {}, it must be finite and not negative", warmup_epochs);
}

StepValues Cosine::at(const StepPosition& position) const {
  const double warmup = warmup_epochs * static_cast<double>(position.steps_per_epoch);
  const auto step = static_cast<double>(position.step), steps = static_cast<double>(position.steps);
  if (step < warmup) return {.rate = step / warmup};
  const double part = steps > warmup ? std::min((step - warmup) / (steps - warmup), 1.0) : 1.0;
  return {.rate = half_cosine(1, end, part)};
}

std::string Cosine::text() const {
  return fmt::format("cosine end {} warmup_epochs {}", end, warmup_epochs);
}

void OneCycle::check() const {
  hone::check(rising > 0 && rising < 1, "one cycle: rising is {}, it must be above 0 and below 1",
              rising);
  hone::check(is_part(start) && is_part(end),
              "one cycle: start {} and end {} must be finite and not negative", start, end);
  hone::check(momentum_low >= 0 && momentum_low <= momentum_high && momentum_high < 1,
              "one cycle: momenta must be 0 <= momentum_low <= momentum_high < 1, not {} and {}",
              momentum_low, momentum_high);
}

StepValues OneCycle::at(const StepPosition& position) const {
  // The steps at which the phases end, as PyTorch counts them; the peak may lie between two steps.
  const auto step = static_cast<double>(position.step);
  const double last = static_cast<double>(position.steps) - 1;
  const double peak = rising * static_cast<double>(position.steps) - 1;
  const bool first = step <= peak;
  const double length = first ? peak : last - peak;
  const double part =
      length > 0 ? std::clamp((first ? step : step - peak) / length, 0.0, 1.0) : 1.0;
  const auto between = [&](double from, double to) {
    return linear ? from + (to - from) * part : half_cosine(from, to, part);
  };
  StepValues values{.rate = first ? between(start, 1) : between(1, end)};
  if (move_momentum)
    values.momentum =
        first ? between(momentum_high, momentum_low) : between(momentum_low, momentum_high);
  return values;
}

std::string OneCycle::text() const {
  return fmt::format(
      "one_cycle rising {} start {} end {} {}{}", rising, start, end, linear ? "linear" : "cosine",
      move_momentum ? fmt::format(" momentum {} {}", momentum_low, momentum_high) : std::string());
}

}  // namespace hone::optim
