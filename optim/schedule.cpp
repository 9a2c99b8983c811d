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

void check_position(const StepPosition& position) {
  check(position.step >= 0 && position.steps_per_epoch >= 1 && position.steps >= 1,
        "schedule: step {} of {}, {} in an epoch; a step is at least 0, the others at least 1",
        position.step, position.steps, position.steps_per_epoch);
}

}  // namespace

StepValues Schedule::at(const StepPosition& position) const {
  if (!held_) return {};
  check_position(position);
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
  check();
  check_position(position);
  const std::int64_t epoch = position.step / position.steps_per_epoch;
  const std::int64_t drops = epoch / epochs;
  return {.rate = std::pow(factor, static_cast<double>(drops))};
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

void CosineRestarts::check() const {
  hone::check(epochs > 0 && std::isfinite(epochs),
              "cosine restarts: epochs is {}, it must be above 0", epochs);
  hone::check(growth >= 1 && std::isfinite(growth),
              "cosine restarts: growth is {}, it must be 1 or more", growth);
  hone::check(is_part(shrink) && is_part(end),
              "cosine restarts: shrink {} and end {} must be finite and not negative", shrink, end);
}

StepValues CosineRestarts::at(const StepPosition& position) const {
  const double time =
      static_cast<double>(position.step) / (epochs * static_cast<double>(position.steps_per_epoch));
  // Which cosine this is, and how far into it: period i begins at (growth^i - 1) / (growth - 1).
  double period = 0, part = 0;
  if (growth == 1) {
    period = std::floor(time);
    part = time - period;
  } else {
    period = std::floor(std::log1p(time * (growth - 1)) / std::log(growth) + 1e-12);
    const double length = std::pow(growth, period);
    part = (time - (length - 1) / (growth - 1)) / length;
  }
  const double top = std::pow(shrink, period);
  return {.rate = end + (1 - end) * top * half_cosine(1, 0, std::clamp(part, 0.0, 1.0))};
}

std::string CosineRestarts::text() const {
  return fmt::format("cosine_restarts epochs {} growth {} shrink {} end {}", epochs, growth, shrink,
                     end);
}

void Polynomial::check() const {
  hone::check(power > 0 && std::isfinite(power), "polynomial: power is {}, it must be above 0",
              power);
  hone::check(is_part(end) && is_part(epochs),
              "polynomial: end {} and epochs {} must be finite and not negative", end, epochs);
}

StepValues Polynomial::at(const StepPosition& position) const {
  const double length = epochs > 0 ? epochs * static_cast<double>(position.steps_per_epoch)
                                   : static_cast<double>(position.steps);
  const double part = std::clamp(static_cast<double>(position.step) / length, 0.0, 1.0);
  return {.rate = end + (1 - end) * std::pow(1 - part, power)};
}

std::string Polynomial::text() const {
  return fmt::format("polynomial power {} end {} epochs {}", power, end, epochs);
}

void WarmUp::check() const {
  hone::check(is_part(epochs) && is_part(start),
              "warm-up: epochs {} and start {} must be finite and not negative", epochs, start);
}

StepValues WarmUp::at(const StepPosition& position) const {
  StepValues values = then.at(position);
  const double length = epochs * static_cast<double>(position.steps_per_epoch);
  const auto step = static_cast<double>(position.step);
  if (step < length) values.rate *= start + (1 - start) * step / length;
  return values;
}

std::string WarmUp::text() const {
  return fmt::format("warm_up epochs {} start {} then ({})", epochs, start, then.text());
}

void Chain::check() const {
  hone::check(!parts.empty(), "chain: there are no schedules in it");
  for (const Part& part : parts)
    hone::check(is_part(part.epochs), "chain: epochs is {}, it must be finite and not negative",
                part.epochs);
}

StepValues Chain::at(const StepPosition& position) const {
  check();
  StepPosition own = position;
  for (std::size_t i = 0;; ++i) {
    const bool last = i + 1 == parts.size();
    const double steps = parts[i].epochs * static_cast<double>(position.steps_per_epoch);
    const std::int64_t length = std::llround(std::min(steps, 1e18));
    if (!last && own.step >= length) {
      own.step -= length;
      own.steps -= length;
      continue;
    }
    own.steps = std::max<std::int64_t>(last ? own.steps : std::min(own.steps, length), 1);
    return parts[i].schedule.at(own);
  }
}

std::string Chain::text() const {
  std::string text = "chain";
  for (const Part& part : parts) text += fmt::format(" ({}) {}", part.schedule.text(), part.epochs);
  return text;
}

}  // namespace hone::optim
