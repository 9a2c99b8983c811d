// The curves of one's own runs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>

#include "apps/report/figures.h"
#include "apps/report/inside.h"
#include "base/error.h"
#include "base/files.h"

namespace hone::report {

namespace {

constexpr std::size_t kMostRuns = 20, kColours = 5;
constexpr double kWidth = 720, kPanel = 170, kBetween = 62;

// The value of a metric in an epoch, NaN where it was not measured.
double value_of(const EpochRecord& record, const std::string& name) {
  return nn::train::find_metric(record, name).value_or(std::numeric_limits<double>::quiet_NaN());
}

std::vector<Point> points_of(const Run& run, const std::string& name) {
  std::vector<Point> points;
  for (const EpochRecord& record : run.history.epochs)
    points.push_back({static_cast<double>(record.epoch), value_of(record, name)});
  return points;
}

// The metrics that the runs have, without "val_".
std::vector<std::string> panels_of(const std::vector<Run>& runs) {
  std::vector<std::string> names;
  const auto add = [&](std::string name, double value) {
    if (!std::isfinite(value)) return;
    if (name.rfind("val_", 0) == 0) name.erase(0, 4);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const Run& run : runs)
    for (const EpochRecord& record : run.history.epochs) {
      for (const char* name : {"loss", "accuracy", "val_loss", "val_accuracy"})
        add(name, value_of(record, name));
      for (const auto& [name, value] : record.metrics) add(name, value);
    }
  return names;
}

Axis axis_of(const std::vector<Run>& runs, const std::string& name) {
  double lo = std::numeric_limits<double>::infinity(), hi = -lo;
  for (const Run& run : runs)
    for (const std::string& each : {name, "val_" + name})
      for (const Point& p : points_of(run, each)) {
        if (!std::isfinite(p.y)) continue;
        lo = std::min(lo, p.y);
        hi = std::max(hi, p.y);
      }
  if (name == "accuracy") return linear_axis(lo, hi, {.format = TickFormat::percent});
  if (lo > 0 && hi / lo > 200) return log_axis(lo / 1.1, hi * 1.1);
  return linear_axis(lo, hi, {});
}

void draw_run(Panel& panel, const Run& run, std::size_t number, const std::string& name) {
  const std::string colour = fmt::format("l-run{}", number % kColours);
  for (const std::string& each : {name, "val_" + name}) {
    const std::vector<Point> points = points_of(run, each);
    const bool validation = each != name;
    panel.line(points, validation ? colour + " dashed" : colour);
    if (points.size() == 1)
      panel.mark(validation ? Shape::diamond : Shape::circle, points[0].x, points[0].y, 4, colour,
                 run.name);
  }
}

// One entry a run, in rows; returns the height.
double draw_names(Svg& svg, const std::vector<Run>& runs) {
  double x = 0, y = 16;
  const auto entry = [&](const std::string& classes, const std::string& name) {
    const std::string shown = name.size() > 40 ? name.substr(0, 37) + "..." : name;
    const double room = text_width(shown, 12) + 44;
    if (x > 0 && x + room > kWidth) x = 0, y += 20;
    svg.path(fmt::format("M{:.1f} {:.1f}h22", x, y - 4), classes);
    svg.text({x + 28, y}, shown, "tick");
    x += room;
  };
  if (runs.size() > 1 || !runs[0].name.empty())
    for (std::size_t i = 0; i < runs.size(); ++i)
      entry(fmt::format("l-run{}", i % kColours), runs[i].name);
  const bool validated = std::any_of(runs.begin(), runs.end(), [](const Run& run) {
    return std::any_of(run.history.epochs.begin(), run.history.epochs.end(),
                       [](const EpochRecord& record) { return record.val_loss.has_value(); });
  });
  if (validated) entry("l-run4", "training"), entry("l-run4 dashed", "validation");
  return y + 8;
}

}  // namespace

std::string curves_svg(const std::vector<Run>& runs) {
  check(runs.size() <= kMostRuns, "curves: {} runs, the most is {}", runs.size(), kMostRuns);
  int first = std::numeric_limits<int>::max(), last = 0;
  for (const Run& run : runs)
    for (const EpochRecord& record : run.history.epochs) {
      first = std::min(first, record.epoch);
      last = std::max(last, record.epoch);
    }
  const std::vector<std::string> names = panels_of(runs);
  check(last > 0 && !names.empty(), "curves: no run has an epoch");
  const double height = 66 + static_cast<double>(names.size()) * (kPanel + kBetween) + 20;
  Svg svg(kWidth, height);
  double top = draw_names(svg, runs) + 44;
  const Axis epochs =
      linear_axis(first, last, {.ticks = 10, .format = TickFormat::integer, .round_ends = false});
  double left = 0;
  for (const std::string& name : names) left = std::max(left, label_room(axis_of(runs, name)));
  for (const std::string& name : names) {
    Panel panel(svg, {left, top, kWidth - left - 12, kPanel}, epochs, axis_of(runs, name));
    panel.frame({.title = name, .x_title = name == names.back() ? "epoch" : ""});
    for (std::size_t i = 0; i < runs.size(); ++i) draw_run(panel, runs[i], i, name);
    top += kPanel + kBetween;
  }
  return svg.document("Curves", "The metrics of each epoch.");
}

void write_curves(const std::filesystem::path& path, const std::vector<Run>& runs) {
  write_file_atomic(path, std::string_view(curves_svg(runs)));
}

void write_curves(const std::filesystem::path& path, const nn::train::History& history) {
  write_curves(path, std::vector<Run>{{"", history}});
}

}  // namespace hone::report
