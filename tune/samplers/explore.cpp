// The bandit over decisions.
#include "tune/samplers/explore.h"

#include <algorithm>
#include <cmath>

namespace hone::tune {
namespace {

constexpr double kMostValues = 64;  // an integer of more is no decision

// All values of a dimension that decides something; empty: it does not.
std::vector<double> decisions(const ConditionalSpace::Dimension& d) {
  std::vector<double> values;
  if (d.category) {
    for (double v = 0; v < d.choices; ++v) values.push_back(v);
  } else if (d.branching && d.discrete) {
    const double count = std::floor((d.domain.last - d.domain.first) / d.domain.step + 1.5);
    if (count > kMostValues) return {};
    for (double i = 0; i < count; ++i)
      values.push_back(std::min(d.domain.first + i * d.domain.step, d.domain.last));
  }
  return values;
}

struct Arm {
  ConditionalSpace::Fixed fixed;
  int tried = 0;
  double best = 0;
};

}  // namespace

Turn turn_of(int trial_number) {
  if (trial_number % 3 != 2) return Turn::model;
  return trial_number / 3 % 2 == 0 ? Turn::flip : Turn::alone;
}

Flip choose_flip(const ConditionalSpace& space, std::span<const ConditionalSpace::Values> points,
                 std::span<const double> y, std::size_t best, PhiloxStream& random) {
  std::vector<double> sorted(y.begin(), y.end());
  std::sort(sorted.begin(), sorted.end());
  const double n = static_cast<double>(y.size());
  const double spread = sorted[y.size() / 3] - sorted[0], middle = sorted[y.size() / 2];
  std::vector<Arm> arms;
  for (std::size_t j = 0; j < space.size(); ++j) {
    const double own = points[best][j];
    if (!ConditionalSpace::active(own)) continue;
    for (const double value : decisions(space[j])) {
      if (value == own) continue;
      Arm arm{{static_cast<int>(j), value}, 0, middle};
      for (std::size_t i = 0; i < points.size(); ++i) {
        if (points[i][j] != value) continue;
        arm.best = arm.tried == 0 ? y[i] : std::min(arm.best, y[i]);
        ++arm.tried;
      }
      arms.push_back(arm);
    }
  }
  if (arms.empty()) return {};
  // Ties in a random order.
  for (std::size_t i = arms.size(); i > 1; --i) std::swap(arms[i - 1], arms[random.below(i)]);
  const auto least = std::min_element(arms.begin(), arms.end(),
                                      [](const Arm& a, const Arm& b) { return a.tried < b.tried; });
  if (least->tried < 1.5 * std::sqrt(n)) return {least->fixed, least->best};
  const Arm* chosen = nullptr;
  double lowest = 0;
  for (const Arm& arm : arms) {
    const double hope =
        arm.best - spread * std::abs(random.normal()) / std::sqrt(static_cast<double>(arm.tried));
    if (chosen != nullptr && hope >= lowest) continue;
    chosen = &arm;
    lowest = hope;
  }
  return {chosen->fixed, chosen->best};
}

}  // namespace hone::tune
