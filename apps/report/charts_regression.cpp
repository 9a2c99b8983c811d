// The chart of a regression: what was predicted over what was true.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "apps/report/figures.h"
#include "apps/report/html.h"

namespace hone::report {
namespace {

bool is_finite(const Pair& pair) {
  return std::isfinite(pair.truth) && std::isfinite(pair.predicted);
}

std::string draw_pairs(const ReportData& data, double width) {
  double lo = std::numeric_limits<double>::infinity(), hi = -lo;
  for (const Pair& pair : data.predictions) {
    if (!is_finite(pair)) continue;
    lo = std::min({lo, pair.truth, pair.predicted});
    hi = std::max({hi, pair.truth, pair.predicted});
  }
  const Axis axis = linear_axis(lo, hi, {.ticks = 5});
  const double left = label_room(axis), side = std::min(width - left - 12, 440.0);
  Svg svg(width, side + 36 + 46);
  Panel panel(svg, {left, 36, side, side}, axis, axis);
  panel.frame({.title = "predicted", .x_title = "true"});
  svg.line({panel.px(axis.lo), panel.py(axis.lo)}, {panel.px(axis.hi), panel.py(axis.hi)}, "cut");
  for (const Pair& pair : data.predictions)
    if (is_finite(pair))
      panel.mark(
          Shape::circle, pair.truth, pair.predicted, 3, "m-complete",
          fmt::format("true {}\npredicted {}", number(pair.truth, 5), number(pair.predicted, 5)));
  return svg.finish("Predicted and true", "Each dot is one of the test samples.");
}

}  // namespace

std::string section_predictions(const ReportData& data) {
  const auto shown = std::count_if(data.predictions.begin(), data.predictions.end(), is_finite);
  if (shown == 0) return {};
  return section(
      "predictions", "How near it comes",
      fmt::format("{} of the test {}: what was predicted over what is true. On the dashed "
                  "line both are equal.",
                  grouped(static_cast<std::uint64_t>(shown)), escape(data.sample_name)),
      figure([&](double width) { return draw_pairs(data, width); }));
}

}  // namespace hone::report
