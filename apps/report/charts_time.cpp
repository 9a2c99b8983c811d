// The charts of values and time alone: how the values are distributed, when trials ran.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "apps/report/figures.h"
#include "apps/report/html.h"

namespace hone::report {

namespace {

constexpr std::size_t kMostLanes = 64;

struct Run {
  const TrialRecord* trial;
  std::size_t lane;
};

// Trials side by side in as few lanes as hold them.
std::vector<Run> runs_of(const ReportData& data) {
  std::vector<Run> runs;
  for (const TrialRecord& trial : data.trials)
    if (std::isfinite(seconds_of(trial))) runs.push_back({&trial, 0});
  std::stable_sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) {
    return a.trial->start_time < b.trial->start_time;
  });
  std::vector<std::int64_t> free;  // when a lane is
  for (Run& run : runs) {
    const auto lane = std::find_if(free.begin(), free.end(),
                                   [&](std::int64_t end) { return end <= run.trial->start_time; });
    run.lane = static_cast<std::size_t>(lane - free.begin());
    if (lane == free.end()) free.push_back(0);
    free[run.lane] = run.trial->end_time;
  }
  return runs;
}

struct TimeUnit {
  double seconds;
  const char* name;
};

TimeUnit unit_for(double seconds) {
  if (seconds < 0.2) return {1e-3, "milliseconds"};
  if (seconds < 300) return {1, "seconds"};
  if (seconds < 3 * 3600) return {60, "minutes"};
  return seconds < 3 * 86400 ? TimeUnit{3600, "hours"} : TimeUnit{86400, "days"};
}

const char* classes_of(TrialState state) {
  switch (state) {
    case TrialState::pruned:
      return "t-pruned";
    case TrialState::fail:
      return "t-failed";
    default:
      return "t-complete";
  }
}

std::string draw_timeline(const ReportData& data, const std::vector<Run>& runs, std::size_t lanes,
                          double width) {
  const std::int64_t begin = runs.front().trial->start_time;
  std::int64_t end = begin + 1;
  for (const Run& run : runs) end = std::max(end, run.trial->end_time);
  const double seconds = static_cast<double>(end - begin) * 1e-6;
  const TimeUnit unit = unit_for(seconds);
  const double lane = std::clamp(200 / static_cast<double>(lanes), 5.0, 22.0);
  const double height = lane * static_cast<double>(lanes);
  Svg svg(width, height + 56);
  Panel panel(
      svg, {8, 12, width - 16, height},
      linear_axis(0, seconds / unit.seconds, {.ticks = width > 500 ? 10 : 5, .round_ends = false}),
      Axis{});
  panel.frame({.title = "", .x_title = fmt::format("{} since the first trial began", unit.name)});
  for (const Run& run : runs) {
    const auto place = [&](std::int64_t time) {
      return panel.px(static_cast<double>(time - begin) * 1e-6 / unit.seconds);
    };
    const double from = place(run.trial->start_time), to = place(run.trial->end_time);
    // A gap of one pixel tells neighbours apart where there is room for it.
    const double wide = to - from > 3 ? to - from - 1 : std::max(0.6, to - from);
    svg.rect({from, 12 + lane * static_cast<double>(run.lane), wide, lane - 1.5},
             fmt::format("pt {}{}", classes_of(run.trial->state),
                         is_best(data, *run.trial) ? " ring" : ""),
             trial_tip(data, *run.trial) + "\n" + duration(seconds_of(*run.trial)));
  }
  return svg.finish("Timeline", "When each trial ran.");
}

}  // namespace

std::string section_distribution(const ReportData& data) {
  std::vector<double> values;
  for (const TrialRecord* trial : finished_trials(data)) values.push_back(*shown_value(*trial));
  if (values.size() < 3) return {};
  std::sort(values.begin(), values.end());
  const ValueAxis axis = value_axis(data, values, 8);
  std::vector<Point> points = {{axis.axis.lo, 0}};
  const double n = static_cast<double>(values.size());
  const std::size_t stride = values.size() / 1000 + 1;
  for (std::size_t i = 0; i < values.size(); i += i + stride < values.size() ? stride : 1)
    if (axis.axis.holds(values[i])) {
      points.push_back({values[i], static_cast<double>(i + 1) / n});
    } else if (values[i] < axis.axis.lo) {
      points.front().y = static_cast<double>(i + 1) / n;
    }
  points.push_back({axis.axis.hi, points.back().y});
  return section("distribution", "Distribution of the values",
                 fmt::format("The share of the finished trials whose {} is at most so large.{}",
                             escape(data.value_name),
                             axis.outside > 0 ? fmt::format(" {} off the scale {} left out.",
                                                            axis.outside == 1
                                                                ? "One value"
                                                                : grouped(axis.outside) + " values",
                                                            axis.outside == 1 ? "is" : "are")
                                              : ""),
                 figure([&](double width) {
                   const Axis y = linear_axis(0, 1, {.ticks = 5, .format = TickFormat::percent});
                   const double left = label_room(y);
                   Svg svg(width, 306);
                   Panel panel(svg, {left, 36, width - left - 12, 220}, axis.axis, y);
                   panel.frame({.title = "share of the trials", .x_title = data.value_name});
                   panel.line(points, "l-best", true);
                   return svg.finish("Distribution", "The distribution function of the values.");
                 }));
}

std::string section_timeline(const ReportData& data) {
  const std::vector<Run> runs = runs_of(data);
  if (runs.size() < 2) return {};
  std::size_t lanes = 0;
  for (const Run& run : runs) lanes = std::max(lanes, run.lane + 1);
  if (lanes > kMostLanes || runs.size() > 4 * kMaxChartedTrials) return {};
  std::vector<LegendItem> items;
  for (const auto& [state, name] :
       {std::pair{TrialState::complete, "finished"}, std::pair{TrialState::pruned, "pruned"},
        std::pair{TrialState::fail, "failed"}})
    if (count(data, state) > 0)
      items.push_back({.shape = Shape::square, .classes = classes_of(state), .label = name});
  return section("timeline", "When the trials ran",
                 fmt::format("A bar is a trial; {}.",
                             lanes == 1 ? "they ran one after the other"
                                        : fmt::format("up to {} ran side by side", lanes)),
                 legend(items) +
                     figure([&](double width) { return draw_timeline(data, runs, lanes, width); }));
}

}  // namespace hone::report
