// The charts of the search: history of the optimisation, curves of the trials, slices through the
// space.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "apps/report/figures.h"
#include "apps/report/html.h"
#include "tune/constraints.h"

namespace hone::report {

namespace {

bool drawn(const TrialRecord& trial) {
  return trial.state != TrialState::waiting &&
         (shown_value(trial) || trial.state == TrialState::fail);
}

struct Look {
  Shape shape = Shape::circle;
  double radius = 4;
  const char* classes = "m-complete";
};

Look look_of(const ReportData& data, const TrialRecord& trial) {
  if (is_default(data, trial)) return {Shape::square, 5.5, "m-default"};
  if (is_best(data, trial)) return {Shape::circle, 6.5, "m-best"};
  if (trial.state == TrialState::pruned) return {Shape::diamond, 4, "m-pruned"};
  if (trial.state == TrialState::fail) return {Shape::cross, 4, "m-failed"};
  if (trial.state == TrialState::running) return {Shape::circle, 4, "m-running"};
  return {};
}

// Where the bad values are: below where more is better.
bool bad_is_low(const ReportData& data) { return data.direction == Direction::maximize; }

std::string history_legend(const ReportData& data, const std::vector<const TrialRecord*>& trials) {
  std::vector<LegendItem> items;
  const auto any = [&](auto&& test) {
    return std::any_of(trials.begin(), trials.end(),
                       [&](const TrialRecord* t) { return test(*t); });
  };
  if (!finished_trials(data).empty()) {
    items.push_back({.shape = Shape::circle, .classes = "m-complete", .label = "finished"});
    items.push_back({.line = true, .classes = "l-best", .label = "best so far"});
  }
  if (any([&](const TrialRecord& t) { return is_best(data, t); })) {
    items.push_back({.shape = Shape::circle, .classes = "m-best", .label = "best"});
  }
  if (any([&](const TrialRecord& t) { return is_default(data, t); })) {
    items.push_back(
        {.shape = Shape::square, .classes = "m-default", .label = "default configuration"});
  }
  if (any([](const TrialRecord& t) { return t.state == TrialState::pruned; })) {
    items.push_back(
        {.shape = Shape::diamond, .classes = "m-pruned", .label = "pruned, at its last value"});
  }
  if (any([](const TrialRecord& t) { return t.state == TrialState::running; })) {
    items.push_back({.shape = Shape::circle, .classes = "m-running", .label = "running"});
  }
  if (any([](const TrialRecord& t) { return t.state == TrialState::fail; })) {
    items.push_back(
        {.shape = Shape::cross,
         .classes = "m-failed",
         .label = bad_is_low(data) ? "failed, at the lower edge" : "failed, at the upper edge"});
  }
  return legend(items);
}

// The best finished value up to each trial, of those that break no constraint.
std::vector<Point> best_so_far(const ReportData& data,
                               const std::vector<const TrialRecord*>& trials) {
  std::vector<Point> points;
  for (const TrialRecord* trial : trials) {
    const double x = static_cast<double>(trial->number);
    double y = points.empty() ? std::numeric_limits<double>::quiet_NaN() : points.back().y;
    const auto value = shown_value(*trial);
    if (trial->state == TrialState::complete && value && tune::is_feasible(*trial) &&
        (std::isnan(y) || better(data, *value, y)))
      y = *value;
    points.push_back({x, y});
  }
  return points;
}

std::string draw_history(const ReportData& data, const std::vector<const TrialRecord*>& trials,
                         const ValueAxis& values, double width) {
  Svg svg(width, 346);
  const double left = label_room(values.axis);
  const double first = static_cast<double>(trials.front()->number);
  const double last = static_cast<double>(trials.back()->number);
  const double pad = std::max(0.5, (last - first) * 0.02);
  const Axis x = linear_axis(
      first - pad, last + pad,
      {.ticks = width > 500 ? 10 : 5, .format = TickFormat::integer, .round_ends = false});
  Panel panel(svg, {left, 36, width - left - 8, 260}, x, values.axis);
  panel.frame({.title = data.value_name, .x_title = "trial"});
  panel.line(best_so_far(data, trials), "l-best", true);
  for (int layer = 0; layer < 2; ++layer) {  // the best and the default lie on top
    for (const TrialRecord* trial : trials) {
      const bool top = is_default(data, *trial) || is_best(data, *trial);
      if (!drawn(*trial) || top != (layer == 1)) continue;
      const Look look = look_of(data, *trial);
      const double number = static_cast<double>(trial->number);
      const std::string tip = trial_tip(data, *trial);
      if (const auto value = shown_value(*trial)) {
        panel.mark(look.shape, number, *value, look.radius, look.classes, tip);
      } else {
        const Rect area = panel.area();
        const double y = bad_is_low(data) ? area.y + area.h - 8 : area.y + 8;
        svg.mark(Shape::cross, {panel.px(number), y}, look.radius, "m-failed", tip);
      }
    }
  }
  return svg.finish("Optimisation history",
                    fmt::format("{} of every trial and the best so far.", data.value_name));
}

// Where a step is drawn: under the number that it is shown by.
double shown_step(const ReportData& data, int step) {
  return static_cast<double>(step) + data.first_step;
}

std::vector<Point> curve_points(const ReportData& data, const TrialRecord& trial) {
  std::vector<Point> points;
  for (const auto& [step, value] : trial.intermediate) {
    points.push_back({shown_step(data, step), value});
  }
  return points;
}

// Trials with a curve to draw: the best ones when there are too many.
std::vector<const TrialRecord*> trials_with_curves(const ReportData& data) {
  std::vector<const TrialRecord*> out;
  for (const TrialRecord& trial : data.trials) {
    const auto finite = [](const auto& step) { return std::isfinite(step.second); };
    if (std::count_if(trial.intermediate.begin(), trial.intermediate.end(), finite) >= 2)
      out.push_back(&trial);
  }
  if (out.size() > kMaxCurves) {
    std::stable_sort(out.begin(), out.end(), [&](const TrialRecord* a, const TrialRecord* b) {
      const auto va = shown_value(*a);
      const auto vb = shown_value(*b);
      if (!va || !vb) return va.has_value() && !vb.has_value();
      return better(data, *va, *vb);
    });
    out.resize(kMaxCurves);
  }
  return out;
}

void draw_curve(const ReportData& data, const TrialRecord& trial, Svg& svg, Panel& panel) {
  const std::vector<Point> points = curve_points(data, trial);
  const char* classes = "l-trial";
  if (trial.state == TrialState::pruned) classes = "l-pruned";
  if (trial.state == TrialState::fail) classes = "l-failed";
  if (is_default(data, trial)) classes = "l-default";
  if (is_best(data, trial)) classes = "l-winner";
  const std::string tip = trial_tip(data, trial);
  svg.curve(panel.line_path(points), classes, tip);
  if (trial.state == TrialState::pruned) {
    panel.mark(Shape::diamond, points.back().x, points.back().y, 3, "m-pruned", tip);
  }
}

std::string draw_curves(const ReportData& data, const std::vector<const TrialRecord*>& trials,
                        const ValueAxis& values, double width) {
  double first = std::numeric_limits<double>::infinity();
  double last = -first;
  for (const TrialRecord* trial : trials) {
    first = std::min(first, shown_step(data, trial->intermediate.begin()->first));
    last = std::max(last, shown_step(data, trial->intermediate.rbegin()->first));
  }
  Svg svg(width, 346);
  const double left = label_room(values.axis);
  const Axis x = linear_axis(
      first, last,
      {.ticks = width > 500 ? 10 : 6, .format = TickFormat::integer, .round_ends = false});
  Panel panel(svg, {left, 36, width - left - 12, 260}, x, values.axis);
  panel.frame({.title = data.value_name, .x_title = data.step_name});
  for (int layer = 0; layer < 2; ++layer) {
    for (const TrialRecord* trial : trials) {
      if ((is_default(data, *trial) || is_best(data, *trial)) == (layer == 1))
        draw_curve(data, *trial, svg, panel);
    }
  }
  return svg.finish("Curves of the trials", fmt::format("{} after every {}, one line per trial.",
                                                        data.value_name, data.step_name));
}

std::string draw_slice(const ReportData& data, const ParamAxis& param, const Axis& y,
                       double newest) {
  Svg svg(300, 226);
  const double left = label_room(y);
  Panel panel(svg, {left, 36, 300 - left - 6, 160}, param.axis, y);
  panel.frame({.title = clip(param.name, 36)});
  for (const ParamPoint& p : param.points) {
    const double number = static_cast<double>(p.trial->number);
    double at = param.at(*p.param);
    // Spread sideways, so that equal choices do not hide each other.
    if (param.axis.scale == Scale::category)
      at += static_cast<double>(p.trial->number % 21 * 37 % 21) * 0.01;
    const bool pruned = p.trial->state != TrialState::complete;
    const int age = static_cast<int>(std::clamp(number / (newest + 1) * kAges, 0.0, kAges - 1.0));
    const bool best = is_best(data, *p.trial);
    const std::string classes =
        fmt::format("q{}{}{}", age, pruned ? " hollow" : "", best ? " ring" : "");
    panel.mark(pruned ? Shape::diamond : Shape::circle, at, *shown_value(*p.trial),
               best ? 5.5 : 3.6, classes, trial_tip(data, *p.trial));
  }
  return svg.finish(fmt::format("Slice: {}", param.name),
                    fmt::format("{} of the trials against {}.", data.value_name, param.name));
}

std::string age_legend(bool pruned, bool best) {
  std::string ages =
      "<li>early trial <svg width=\"104\" height=\"16\" viewBox=\"0 0 104 16\" "
      "aria-hidden=\"true\">";
  for (int i = 0; i < kAges; ++i) {
    ages += fmt::format("<circle cx=\"{}\" cy=\"8\" r=\"5\" class=\"q{}\"/>", 8 + i * 12.5, i);
  }
  std::vector<LegendItem> items;
  if (best) items.push_back({.shape = Shape::circle, .classes = "q6 pt ring", .label = "best"});
  if (pruned) {
    items.push_back({.shape = Shape::circle, .classes = "q5", .label = "finished"});
    items.push_back({.shape = Shape::diamond, .classes = "q5 hollow", .label = "stopped early"});
  }
  std::string out = legend(items);
  return out.insert(out.find('>') + 1, ages + "</svg> late trial</li>");
}

}  // namespace

std::string section_history(const ReportData& data) {
  std::vector<const TrialRecord*> trials;
  std::vector<double> all;
  for (const TrialRecord* trial : charted_trials(data)) {
    if (!drawn(*trial)) continue;
    trials.push_back(trial);
    if (const auto value = shown_value(*trial)) all.push_back(*value);
  }
  if (all.empty()) return {};
  const ValueAxis values = value_axis(data, all, 5);
  const std::string intro = fmt::format("Every trial of the search, in order; {} is better.{}{}",
                                        data.direction == Direction::maximize ? "higher" : "lower",
                                        outside_note(values.outside), thinning_note(data));
  return section("history", "Optimisation history", intro,
                 history_legend(data, trials) + figure([&](double width) {
                   return draw_history(data, trials, values, width);
                 }));
}

std::string section_curves(const ReportData& data) {
  const std::vector<const TrialRecord*> trials = trials_with_curves(data);
  if (trials.empty()) return {};
  std::vector<double> all;
  bool pruned = false;
  bool default_curve = false;
  bool best_curve = false;
  for (const TrialRecord* trial : trials) {
    for (const auto& [step, value] : trial->intermediate) all.push_back(value);
    pruned = pruned || trial->state == TrialState::pruned;
    default_curve = default_curve || is_default(data, *trial);
    best_curve = best_curve || is_best(data, *trial);
  }
  const ValueAxis values = value_axis(data, all, 5);
  std::vector<LegendItem> items;
  if (best_curve) items.push_back({.line = true, .classes = "l-winner", .label = "best trial"});
  if (default_curve)
    items.push_back({.line = true, .classes = "l-default", .label = "default configuration"});
  items.push_back({.line = true, .classes = "l-trial", .label = "other trials"});
  if (pruned)
    items.push_back({.line = true, .classes = "l-pruned", .label = "pruned, ends at the diamond"});
  std::string intro = fmt::format("One line per trial: {} after every {}.", escape(data.value_name),
                                  escape(data.step_name));
  if (data.trials.size() > trials.size() && trials.size() == kMaxCurves) {
    intro += fmt::format(" The {} best curves are drawn.", kMaxCurves);
  }
  if (values.outside > 0)
    intro += fmt::format(" Curves far {} the others run along the edge.",
                         bad_is_low(data) ? "below" : "above");
  return section("curves", "Curves of the trials", intro, legend(items) + figure([&](double width) {
                                                            return draw_curves(data, trials, values,
                                                                               width);
                                                          }));
}

std::string section_slices(const ReportData& data) {
  std::vector<const TrialRecord*> trials;
  std::vector<double> all;
  double newest = 0;
  bool pruned = false;
  bool best = false;
  for (const TrialRecord* trial : charted_trials(data)) {
    const auto value = shown_value(*trial);
    if (!value || trial->state == TrialState::waiting || trial->state == TrialState::fail) continue;
    all.push_back(*value);
    newest = std::max(newest, static_cast<double>(trial->number));
    pruned = pruned || trial->state != TrialState::complete;
    best = best || is_best(data, *trial);
    trials.push_back(trial);
  }
  const std::vector<ParamAxis> params = param_axes(data, trials);
  if (params.empty()) return {};
  const ValueAxis values = value_axis(data, all, 4);
  std::string grid = "<div class=\"grid\">";
  for (std::size_t i = 0; i < std::min(params.size(), kMaxSlices); ++i)
    grid += draw_slice(data, params[i], values.axis, newest);
  return section(
      "slices", "Parameter by parameter",
      fmt::format("Each panel shows {} against one parameter, for the trials that have it. "
                  "Where the dark points gather is where the search went.{}{}",
                  escape(data.value_name), outside_note(values.outside),
                  params.size() > kMaxSlices
                      ? fmt::format(" The first {} parameters are drawn.", kMaxSlices)
                      : ""),
      age_legend(pruned, best) + grid + "</div>");
}

std::string section_importances(const ReportData& data) {
  std::string rows;
  for (const NamedValue& item : data.importances) {
    if (!std::isfinite(item.value)) continue;
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"num\">{}</td></tr>",
                        escape(clip(item.name, 80)), cell_bar(item.value, "b-main"),
                        percent(item.value, 0));
  }
  if (rows.empty()) return {};
  return section(
      "importances", "Which parameters mattered",
      "The share of the variation between trials that each parameter explains.",
      "<div class=\"scroll\"><table class=\"plain\"><tbody>" + rows + "</tbody></table></div>");
}

}  // namespace hone::report
