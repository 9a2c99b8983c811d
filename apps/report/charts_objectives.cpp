// The charts of several objectives: the Pareto front and the history of its hypervolume.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "apps/report/figures.h"
#include "apps/report/html.h"
#include "tune/constraints.h"
#include "tune/hypervolume.h"
#include "tune/pareto.h"

namespace hone::report {

namespace {

constexpr std::size_t kMostPairs = 6;
constexpr std::size_t kMostFrontRows = 200;

std::vector<Direction> directions_of(const ReportData& data) {
  std::vector<Direction> directions;
  for (const Objective& objective : data.objectives) directions.push_back(objective.direction);
  return directions;
}

// Those whose values are finite, by what they are.
struct FrontTrials {
  std::vector<const TrialRecord*> front, dominated, broken;
  std::vector<const TrialRecord*> all;
};

// All of the front, and of the others what does not squeeze it. Logarithmic where the values span
// three decades and most lie in the lower ones.
Axis objective_axis(const ReportData& data, std::size_t objective, const FrontTrials& trials,
                    int ticks) {
  std::vector<double> values;
  for (const TrialRecord* trial : trials.all) values.push_back(trial->values[objective]);
  std::sort(values.begin(), values.end());
  const double least = values.front(), most = values.back(), middle = values[values.size() / 2];
  if (least > 0 && most > 1000 * least && most > 8 * middle)
    return log_axis(least / 1.25, most * 1.25, ticks);
  const Axis inner = value_axis(of_objective(data, objective), values, ticks).axis;
  double lo = inner.lo, hi = inner.hi;
  for (const TrialRecord* trial : trials.front) {
    lo = std::min(lo, trial->values[objective]);
    hi = std::max(hi, trial->values[objective]);
  }
  return linear_axis(lo, hi, {.ticks = ticks});
}

// The edge of what the front dominates, in these two objectives.
std::vector<Point> front_edge(const ReportData& data, const std::vector<const TrialRecord*>& front,
                              std::size_t x, std::size_t y) {
  std::vector<Point> points;
  for (const TrialRecord* trial : front) points.push_back({trial->values[x], trial->values[y]});
  const double sign = data.objectives[x].direction == Direction::minimize ? 1 : -1;
  std::sort(points.begin(), points.end(),
            [sign](const Point& a, const Point& b) { return sign * a.x < sign * b.x; });
  return points;
}

FrontTrials front_trials(const ReportData& data) {
  FrontTrials out;
  for (const std::size_t place : front_of(data)) out.front.push_back(&data.trials[place]);
  for (const TrialRecord* trial : charted_trials(data)) {
    const bool finite = trial->state == TrialState::complete &&
                        trial->values.size() == data.objectives.size() &&
                        std::all_of(trial->values.begin(), trial->values.end(),
                                    [](double value) { return std::isfinite(value); });
    if (!finite || std::count(out.front.begin(), out.front.end(), trial) > 0) continue;
    (tune::is_feasible(*trial) ? out.dominated : out.broken).push_back(trial);
  }
  std::erase_if(out.front, [](const TrialRecord* trial) {
    return !std::all_of(trial->values.begin(), trial->values.end(),
                        [](double value) { return std::isfinite(value); });
  });
  for (const auto* list : {&out.front, &out.dominated, &out.broken})
    out.all.insert(out.all.end(), list->begin(), list->end());
  return out;
}

void draw_pair(const ReportData& data, const FrontTrials& trials, std::size_t x, std::size_t y,
               Svg& svg, Rect area, const Axis& x_axis, Axis y_axis) {
  Panel panel(svg, area, x_axis, std::move(y_axis));
  panel.frame({.title = data.objectives[y].name, .x_title = data.objectives[x].name});
  if (data.objectives.size() == 2) panel.line(front_edge(data, trials.front, x, y), "l-best", true);
  const auto draw = [&](const std::vector<const TrialRecord*>& list, Shape shape, double radius,
                        const char* classes) {
    for (const TrialRecord* trial : list)
      if (x_axis.holds(trial->values[x]))  // what lies far off on the bad side is left out
        panel.mark(shape, trial->values[x], trial->values[y], radius, classes,
                   trial_tip(data, *trial));
  };
  draw(trials.dominated, Shape::circle, 3.5, "q1");
  draw(trials.broken, Shape::cross, 3.5, "m-failed");
  draw(trials.front, Shape::circle, 5, "m-best");
}

std::string front_charts(const ReportData& data, const FrontTrials& trials) {
  const std::size_t count = data.objectives.size();
  if (count == 2)
    return figure([&](double width) {
      const Axis y = objective_axis(data, 1, trials, 6);
      const double left = label_room(y);
      Svg svg(width, 416);
      draw_pair(data, trials, 0, 1, svg, {left, 36, width - left - 12, 330},
                objective_axis(data, 0, trials, width > 500 ? 9 : 5), y);
      return svg.finish("Pareto front", "One objective against the other.");
    });
  std::string grid = "<div class=\"grid\">";
  std::size_t pairs = 0;
  for (std::size_t x = 0; x < count; ++x)
    for (std::size_t y = x + 1; y < count && pairs < kMostPairs; ++y, ++pairs) {
      const Axis axis = objective_axis(data, y, trials, 5);
      const double left = label_room(axis);
      Svg svg(300, 300);
      draw_pair(data, trials, x, y, svg, {left, 36, 300 - left - 6, 210},
                objective_axis(data, x, trials, 4), axis);
      grid += svg.finish("Pareto front",
                         data.objectives[y].name + " against " + data.objectives[x].name);
    }
  return grid + "</div>";
}

}  // namespace

std::vector<std::size_t> front_of(const ReportData& data) {
  if (data.objectives.empty()) return {};
  return tune::pareto_front(data.trials, directions_of(data));
}

ReportData of_objective(const ReportData& data, std::size_t objective) {
  ReportData one;
  one.direction = data.objectives[objective].direction;
  one.value_name = data.objectives[objective].name;
  one.importances = data.objectives[objective].importances;
  one.step_name = data.step_name;
  one.first_step = data.first_step;
  one.default_trial = data.default_trial;
  one.trials = tune::of_objective(data.trials, objective);
  // The reports are those of another one.
  if (objective != data.reported_objective)
    for (TrialRecord& trial : one.trials) trial.intermediate.clear();
  return one;
}

std::string section_front(const ReportData& data) {
  const FrontTrials trials = front_trials(data);
  if (trials.all.empty()) return {};
  std::vector<LegendItem> items = {{.classes = "pt m-best", .label = "on the front"}};
  if (!trials.dominated.empty()) items.push_back({.classes = "pt q1", .label = "dominated"});
  if (!trials.broken.empty())
    items.push_back(
        {.shape = Shape::cross, .classes = "pt m-failed", .label = "breaks a constraint"});
  std::string intro =
      "No other trial is at least as good as one of the front in everything and better in "
      "something. Dominated trials far off the scale are left out or lie at the edge." +
      thinning_note(data);
  if (data.objectives.size() > 3) intro += " The first pairs of objectives are drawn.";
  std::vector<const TrialRecord*> rows = trials.front;
  for (const std::size_t place : front_of(data))
    if (std::count(rows.begin(), rows.end(), &data.trials[place]) == 0)
      rows.push_back(&data.trials[place]);  // a value is infinite
  const std::size_t whole = rows.size();
  rows.resize(std::min(whole, kMostFrontRows));
  std::string table = rows.empty() ? "" : "<h2 class=\"small\">The trials of the front</h2>";
  if (!rows.empty()) table += "<div class=\"tall\">" + trials_table(data, rows) + "</div>";
  if (whole > rows.size())
    table += fmt::format("<p class=\"intro\">The first {} of {}.</p>", rows.size(), whole);
  return section("front", "Pareto front", intro,
                 legend(items) + front_charts(data, trials) + table);
}

std::string section_volume(const ReportData& data) {
  std::vector<TrialRecord> trials = data.trials;
  std::sort(trials.begin(), trials.end(),
            [](const TrialRecord& a, const TrialRecord& b) { return a.number < b.number; });
  // A value that is not finite has no place in a volume that is drawn.
  std::erase_if(trials, [](const TrialRecord& trial) {
    return std::any_of(trial.values.begin(), trial.values.end(),
                       [](double value) { return !std::isfinite(value); });
  });
  const tune::HypervolumeHistory history = tune::hypervolume_history(trials, directions_of(data));
  if (history.reference.empty() || !std::isfinite(history.volume.back())) return {};
  std::vector<Point> points;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const bool same = i > 0 && i + 1 < trials.size() && history.volume[i] == history.volume[i - 1];
    if (!same) points.push_back({static_cast<double>(trials[i].number), history.volume[i]});
  }
  std::string reference;
  for (std::size_t k = 0; k < data.objectives.size(); ++k) {
    const bool up = data.objectives[k].direction == Direction::maximize;
    reference += fmt::format("{}{} {}", k == 0 ? "" : ", ", data.objectives[k].name,
                             number(up ? -history.reference[k] : history.reference[k]));
  }
  const Axis y = linear_axis(0, history.volume.back(), {.ticks = 5});
  return section(
      "volume", "Hypervolume",
      "How much of the space of the objectives the front dominates, after each trial, up to the "
      "point " +
          escape(reference) + ", which is a little worse than the worst trial.",
      figure([&](double width) {
        const double left = label_room(y);
        Svg svg(width, 306);
        Panel panel(svg, {left, 36, width - left - 12, 220},
                    linear_axis(points.front().x, points.back().x,
                                {.ticks = width > 500 ? 10 : 5,
                                 .format = TickFormat::integer,
                                 .round_ends = false}),
                    y);
        panel.frame({.title = "hypervolume", .x_title = "trial"});
        panel.line(points, "l-best", true);
        return svg.finish("Hypervolume", "The volume that the front dominates after each trial.");
      }));
}

}  // namespace hone::report
