// Axes and their ticks.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "apps/report/chart.h"
#include "apps/report/html.h"

namespace hone::report {

namespace {

// 1, 2 or 5 times a power of ten, at least `rough`.
double nice_step(double rough) {
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double ratio = rough / power;
  if (ratio <= 1 + 1e-9) return power;
  if (ratio <= 2 + 1e-9) return 2 * power;
  if (ratio <= 5 + 1e-9) return 5 * power;
  return 10 * power;
}

int decimals_of(double step) {
  return std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 12);
}

std::string tick_label(double value, double step, TickFormat format) {
  if (std::abs(value) < step * 1e-6) value = 0;
  if (format == TickFormat::percent) return percent(value, decimals_of(step * 100));
  if (std::abs(value) >= 1e6 || (value != 0 && step < 1e-5)) {
    // As many digits as tell this tick from its neighbours.
    const double digits = std::ceil(std::log10(std::abs(value) / step)) + 1;
    return number(value, static_cast<int>(std::clamp(digits, 3.0, 10.0)));
  }
  const std::string text = fmt::format("{:.{}f}", std::abs(value), decimals_of(step));
  return value < 0 ? "−" + text : text;
}

// "10⁻³"
std::string power_of_ten(int exponent) {
  constexpr std::array<const char*, 10> kSuperscript = {"⁰", "¹", "²", "³", "⁴",
                                                        "⁵", "⁶", "⁷", "⁸", "⁹"};
  if (exponent == 0) return "1";
  if (exponent == 1) return "10";
  std::string text = exponent < 0 ? "10⁻" : "10";
  for (const char digit : fmt::to_string(std::abs(exponent))) {
    text += kSuperscript[static_cast<std::size_t>(digit - '0')];
  }
  return text;
}

std::vector<Tick> decade_ticks(double lo, double hi, int max_ticks) {
  const int first = static_cast<int>(std::ceil(std::log10(lo) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(hi) + 1e-9));
  const int stride = std::max(1, (last - first + max_ticks) / std::max(1, max_ticks));
  std::vector<Tick> ticks;
  const bool plain = first >= -2 && last <= 3;
  for (int e = first; e <= last; e += stride) {
    const double at = std::pow(10.0, e);
    ticks.push_back({at, plain ? number(at) : power_of_ten(e)});
  }
  return ticks;
}

std::vector<Tick> short_log_ticks(double lo, double hi) {
  std::vector<Tick> ticks;
  const int first = static_cast<int>(std::floor(std::log10(lo)));
  for (int e = first; std::pow(10.0, e) <= hi * (1 + 1e-9); ++e) {
    for (const double m : {1.0, 2.0, 5.0}) {
      const double at = m * std::pow(10.0, e);
      if (at >= lo * (1 - 1e-9) && at <= hi * (1 + 1e-9)) ticks.push_back({at, number(at, 3)});
    }
  }
  return ticks;
}

}  // namespace

double Axis::fraction(double value) const {
  double t = 0;
  if (std::isnan(value)) return 0;
  if (scale == Scale::log) {
    t = value > 0 ? std::log(value / lo) / std::log(hi / lo) : 0;
  } else {
    t = (value - lo) / (hi - lo);
  }
  return std::clamp(t, 0.0, 1.0);
}

bool Axis::holds(double value) const {
  const double slack = scale == Scale::log ? 0 : (hi - lo) * 1e-9;
  return value >= lo - slack && value <= hi + slack;
}

Axis linear_axis(double lo, double hi, const LinearAxis& options) {
  if (!std::isfinite(lo) || !std::isfinite(hi)) lo = 0, hi = 1;
  if (lo > hi) std::swap(lo, hi);
  // Beyond this a difference or a step would not be finite.
  lo = std::clamp(lo, -1e300, 1e300);
  hi = std::clamp(hi, -1e300, 1e300);
  const double size = std::max(std::abs(lo), std::abs(hi));
  if (hi - lo <= size * 1e-9 || hi - lo < 1e-290) {
    const double widen = size > 1e-280 ? size * 0.05 : 0.5;
    lo -= widen;
    hi += widen;
  }
  double step = nice_step((hi - lo) / std::max(1, options.ticks));
  if (options.format == TickFormat::integer) step = std::max(1.0, step);
  Axis axis{.scale = Scale::linear, .lo = lo, .hi = hi, .ticks = {}};
  const double first =
      options.round_ends ? std::floor(lo / step + 1e-9) : std::ceil(lo / step - 1e-9);
  const double last =
      options.round_ends ? std::ceil(hi / step - 1e-9) : std::floor(hi / step + 1e-9);
  if (options.round_ends) axis.lo = first * step, axis.hi = last * step;
  for (double i = first; i <= last + 0.5 && axis.ticks.size() < 50; ++i) {
    axis.ticks.push_back({i * step, tick_label(i * step, step, options.format)});
  }
  return axis;
}

Axis log_axis(double lo, double hi, int max_ticks) {
  if (lo > hi) std::swap(lo, hi);
  if (!(lo > 1e-300) || !(hi < 1e300)) return linear_axis(lo, hi, {.ticks = max_ticks});
  if (hi / lo < 1.2) lo /= 1.5, hi *= 1.5;
  Axis axis{.scale = Scale::log, .lo = lo, .hi = hi, .ticks = {}};
  if (hi / lo >= 100) axis.ticks = decade_ticks(lo, hi, max_ticks);
  if (axis.ticks.size() < 2) axis.ticks = short_log_ticks(lo, hi);
  return axis;
}

Axis category_axis(const std::vector<std::string>& names) {
  Axis axis{.scale = Scale::category, .lo = -0.5, .hi = 0.5, .ticks = {}};
  for (const std::string& name : names) {
    axis.ticks.push_back({static_cast<double>(axis.ticks.size()), name});
  }
  if (!names.empty()) axis.hi = static_cast<double>(names.size()) - 0.5;
  return axis;
}

}  // namespace hone::report
