// Limits of f32, with room for what is computed of a value.
#include "apps/hone_tune/range.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nn/data/table_encoder.h"

namespace hone::app {
namespace {

// f32 goes from 1e-38, below which digits are lost, to 3e38.
constexpr double kNarrowest = 1e-35, kWidest = 1e37;

}  // namespace

void Range::add(double value) {
  low = value < low ? value : low;
  high = value > high ? value : high;
}

bool Range::is_narrow() const { return low < high && high - low < kNarrowest; }

bool Range::is_wide() const { return high - low > kWidest; }

bool Range::is_blurred() const {
  return low < high && !is_narrow() && !is_wide() &&
         nn::data::f32_steps(low, high) < nn::data::kFewSteps;
}

std::string Range::complaint() const {
  const std::string from_to = fmt::format("goes from {:.10g} to {:.10g}", low, high);
  const double power = std::floor(std::log10(high - low));
  if (is_narrow())
    return fmt::format("{}, too close together for 32-bit numbers; multiply it by 1e{}", from_to,
                       -power);
  if (is_wide())
    return fmt::format("{}, too far apart for 32-bit numbers; divide it by 1e{}", from_to, power);
  if (!is_blurred()) return "";
  return fmt::format(
      "{}: as 32-bit numbers such values lie {:.3g} apart; subtract an offset where smaller "
      "differences matter",
      from_to, (high - low) / nn::data::f32_steps(low, high));
}

}  // namespace hone::app
