// The regression.
#include "tune/training/trial_times.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tune/promotion.h"
#include "tune/training/trial_cost.h"

namespace hone::tune::training {
namespace {

// ln of the FLOPs of a sample, and of the seconds for each FLOP of a sample and epoch.
struct Point {
  double x = 0, y = 0;
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void leave_out_far_ones(std::vector<Point>& points) {
  if (points.empty()) return;
  std::vector<double> values, distances;
  for (const Point& point : points) values.push_back(point.y);
  const double centre = median(values);
  for (const double value : values) distances.push_back(std::abs(value - centre));
  const double far = std::max(std::log(3.0), 5 * median(distances));
  std::erase_if(points, [&](const Point& point) { return std::abs(point.y - centre) > far; });
}

// Student's t, two-sided 90%, for at least one degree of freedom: between whole ones a straight
// line over the inverse, beyond the table the first term of Cornish and Fisher, (z^3 + z) / 4, is
// within 0.01.
double student_90(double degrees) {
  constexpr double kTable[] = {6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895,
                               1.860, 1.833, 1.812, 1.796, 1.782, 1.771};
  constexpr double kNormal = 1.6449, kTerm = 1.524;
  if (degrees >= static_cast<double>(std::size(kTable))) return kNormal + kTerm / degrees;
  const double below = std::floor(degrees);
  const auto at = static_cast<std::size_t>(below) - 1;
  const double share = (1 / below - 1 / degrees) / (1 / below - 1 / (below + 1));
  return kTable[at] + share * (kTable[at + 1] - kTable[at]);
}

}  // namespace

std::string time_range_text(const TimeRange& range) {
  const bool minutes = range.high >= 300, hours = range.high >= 5 * 3600;
  const double unit = hours ? 3600 : minutes ? 60 : 1;
  const auto two_digits = [&](double seconds) {
    const double value = seconds / unit;
    if (value <= 0) return std::string("0");
    const double step = std::pow(10, std::floor(std::log10(value)) - 1);
    return fmt::format("{:.{}f}", std::round(value / step) * step, value < 9.95 ? 1 : 0);
  };
  return fmt::format("{} to {} {}", two_digits(range.low), two_digits(range.high),
                     hours     ? "h"
                     : minutes ? "min"
                               : "s");
}

TrialTimes::TrialTimes(const std::vector<TrialRecord>& trials) {
  std::vector<Point> points;
  for (const TrialRecord& trial : trials) {
    const double flops = noted_number(trial, kTrainingFlops).value_or(0);
    const double epochs = noted_number(trial, kEpochs).value_or(0);
    const double seconds = 1e-6 * static_cast<double>(trial.end_time - trial.start_time);
    if (!is_finished(trial.state) || trial.start_time == 0 || promotion_of(trial)) continue;
    if (flops > 0 && epochs > 0 && seconds > 0)
      points.push_back({std::log(flops), std::log(seconds / epochs / flops)});
  }
  leave_out_far_ones(points);
  if (points.size() < kFewest) return;
  count_ = static_cast<int>(points.size());
  for (const Point& point : points) {
    x_ += point.x / count_;
    y_ += point.y / count_;
  }
  double spread = 0, together = 0;
  for (const Point& point : points) {
    spread += (point.x - x_) * (point.x - x_);
    together += (point.x - x_) * (point.y - y_);
  }
  weight_ = spread + 0.3 * 0.3 / (0.5 * 0.5);
  slope_ = together / weight_;
  double squares = 0;
  for (const Point& point : points) squares += std::pow(point.y - y_ - slope_ * (point.x - x_), 2);
  // The mean takes one degree of freedom, the slope the share that it has of itself.
  degrees_ = count_ - 1 - spread / weight_;
  // Clocks and machines are never steadier than some percent.
  deviation_ = std::sqrt(std::max(0.02 * 0.02, squares / degrees_));
}

std::optional<TimeRange> TrialTimes::predict(std::int64_t training_flops, int epochs) const {
  if (count_ == 0 || training_flops <= 0 || epochs <= 0) return std::nullopt;
  const double x = std::log(static_cast<double>(training_flops)), away = x - x_;
  const double expected = std::exp(y_ + slope_ * away + x) * epochs;
  const double half =
      student_90(degrees_) * deviation_ * std::sqrt(1 + 1.0 / count_ + away * away / weight_);
  return TimeRange{expected * std::exp(-half), expected, expected * std::exp(half)};
}

}  // namespace hone::tune::training
