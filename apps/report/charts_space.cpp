// The charts of the space of parameters: pairs of parameters, parallel coordinates.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "apps/report/figures.h"
#include "apps/report/html.h"

namespace hone::report {

namespace {

constexpr std::size_t kMostPairTrials = 300, kMostLines = 250;
constexpr std::size_t kPairParams = 4, kMostAxes = 12;
constexpr std::size_t kCells = 24;    // of a ground, along each axis
constexpr double kReach = 0.16;       // a cell is coloured when a trial lies so near, of the axis
constexpr const char* kPlain = "pt";  // in legends

Axis axis_of(const std::vector<ParamPoint>& points, std::map<std::string, double>& places) {
  const tune::Parameter& kind = *points.front().param;
  double lo = std::numeric_limits<double>::infinity();
  double hi = -lo;
  std::map<double, std::string> labels;
  for (const ParamPoint& p : points) {
    lo = std::min(lo, p.param->internal);
    hi = std::max(hi, p.param->internal);
    labels.emplace(p.param->internal, param_text(*p.param));
  }
  if (is_choice(kind)) {
    std::vector<std::string> names;
    for (const auto& [value, label] : labels) {
      if (places.emplace(label, static_cast<double>(names.size())).second) names.push_back(label);
    }
    return category_axis(names);
  }
  if (is_log(kind) && lo > 0) return log_axis(lo / 1.25, hi * 1.25, 5);
  const double pad = is_integer(kind) ? std::max(0.5, (hi - lo) * 0.04)
                                      : (hi > lo ? (hi - lo) * 0.04 : std::abs(hi) * 0.1);
  const TickFormat format = is_integer(kind) ? TickFormat::integer : TickFormat::plain;
  return linear_axis(lo - pad, hi + pad, {.ticks = 4, .format = format, .round_ends = false});
}

// Finished trials with a value, at most so many.
std::vector<const TrialRecord*> valued(const ReportData& data, std::size_t most) {
  std::vector<const TrialRecord*> trials = charted_trials(data, most);
  std::erase_if(trials, [](const TrialRecord* trial) {
    return trial->state != TrialState::complete || !shown_value(*trial);
  });
  return trials;
}

// The parameters that matter most first; what is not known to matter comes in its order.
std::vector<const ParamAxis*> by_importance(const ReportData& data,
                                            const std::vector<ParamAxis>& params) {
  std::vector<const ParamAxis*> order;
  const auto add = [&](const std::string& name) {
    for (const ParamAxis& param : params)
      if (param.name == name && std::count(order.begin(), order.end(), &param) == 0)
        order.push_back(&param);
  };
  for (const NamedValue& importance : data.importances) add(importance.name);
  for (const ParamAxis& param : params) add(param.name);
  return order;
}

struct PairPoint {
  const TrialRecord* trial;
  double x, y;  // on the axes
  int rank;
};

// Colours the neighbourhood of the trials by what they suggest: the mean rank, weighted by the
// inverse square of the distance. One path a colour.
void draw_ground(const std::vector<PairPoint>& points, const ParamAxis& x, const ParamAxis& y,
                 Svg& svg, const Panel& panel) {
  const auto cells = [](const Axis& axis) {
    return axis.scale == Scale::category ? axis.ticks.size() : kCells;
  };
  const std::size_t wide = cells(x.axis), high = cells(y.axis);
  const Rect& area = panel.area();
  const double w = area.w / static_cast<double>(wide), h = area.h / static_cast<double>(high);
  std::vector<std::string> paths(kAges);
  for (std::size_t i = 0; i < wide; ++i)
    for (std::size_t j = 0; j < high; ++j) {
      const double u = (static_cast<double>(i) + 0.5) / static_cast<double>(wide);
      const double v = (static_cast<double>(j) + 0.5) / static_cast<double>(high);
      double sum = 0, weights = 0, nearest = 1;
      for (const PairPoint& p : points) {
        const double du = x.axis.fraction(p.x) - u, dv = y.axis.fraction(p.y) - v;
        const double square = du * du + dv * dv;
        nearest = std::min(nearest, square);
        sum += p.rank / (square + 1e-3);
        weights += 1 / (square + 1e-3);
      }
      if (nearest > kReach * kReach) continue;
      const auto colour = static_cast<std::size_t>(std::clamp(sum / weights + 0.5, 0.0, 7.0));
      paths[colour] +=
          fmt::format("M{:.1f} {:.1f}h{:.1f}v{:.1f}h-{:.1f}z", area.x + static_cast<double>(i) * w,
                      area.y + area.h - static_cast<double>(j + 1) * h, w, h, w);
    }
  for (std::size_t c = 0; c < paths.size(); ++c) svg.path(paths[c], fmt::format("ground q{}", c));
}

std::string short_tip(const ReportData& data, const TrialRecord& trial,
                      const std::vector<std::string>& names) {
  std::string tip = fmt::format("Trial {}\n{} {}", trial.number, clip(data.value_name, 40),
                                value_text(data, *shown_value(trial)));
  for (const std::string& name : names)
    if (const tune::Parameter* param = trial.find(name))
      tip += fmt::format("\n{} {}", clip(name, 40), clip(param_text(*param), 40));
  return tip;
}

std::string draw_pair(const ReportData& data, const ParamAxis& x, const ParamAxis& y,
                      const std::vector<const TrialRecord*>& trials,
                      const std::vector<int>& ranks) {
  std::vector<PairPoint> points;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const tune::Parameter *a = trials[i]->find(x.name), *b = trials[i]->find(y.name);
    if (a != nullptr && b != nullptr) points.push_back({trials[i], x.at(*a), y.at(*b), ranks[i]});
  }
  std::erase_if(points,
                [](const PairPoint& p) { return !std::isfinite(p.x) || !std::isfinite(p.y); });
  if (points.size() < 2) return {};
  Svg svg(300, 292);
  const double left = std::min(label_room(y.axis), 90.0);
  Panel panel(svg, {left, 36, 300 - left - 6, 206}, x.axis, y.axis);
  draw_ground(points, x, y, svg, panel);
  panel.frame({.title = clip(y.name, 36), .x_title = clip(x.name, 36)});
  std::stable_sort(points.begin(), points.end(),
                   [](const PairPoint& a, const PairPoint& b) { return a.rank < b.rank; });
  for (const PairPoint& p : points) {
    const bool best = is_best(data, *p.trial);
    const auto spread = [&](const ParamAxis& axis, double at, int step) {
      if (axis.axis.scale != Scale::category) return at;
      return at - 0.2 + static_cast<double>(p.trial->number % 21 * step % 21) * 0.02;
    };
    panel.mark(Shape::circle, spread(x, p.x, 37), spread(y, p.y, 11), best ? 5 : 3,
               fmt::format("edged q{}{}", p.rank, best ? " ring" : ""),
               short_tip(data, *p.trial, {x.name, y.name}));
  }
  return svg.finish("Two parameters", y.name + " against " + x.name + ", by " + data.value_name);
}

// One vertical axis of the parallel coordinates.
struct Rail {
  std::string name;
  Axis axis;
  const ParamAxis* param = nullptr;  // null: the value
};

void draw_rail(const Rail& rail, double x, double top, double bottom, double room, Svg& svg) {
  svg.line({x, top}, {x, bottom}, "axis");
  const auto fits = static_cast<std::size_t>(std::max(4.0, room / 7.5));
  svg.text({x, top - 14}, clip(rail.name, fits), "name",
           x + 40 > svg.width() ? Anchor::end : Anchor::middle);
  double taken = 1e9;
  for (const Tick& tick : rail.axis.ticks) {
    const double y = bottom - rail.axis.fraction(tick.at) * (bottom - top);
    if (taken - y < 14) continue;
    svg.line({x - 3, y}, {x, y}, "axis");
    svg.text({x - 6, y + 4}, clip(tick.label, fits), "tick halo", Anchor::end);
    taken = y;
  }
}

std::string draw_parallel(const ReportData& data, const std::vector<Rail>& rails,
                          const std::vector<const TrialRecord*>& trials,
                          const std::vector<int>& ranks, double width) {
  const std::size_t most = width > 500 ? kMostAxes : 5, count = std::min(rails.size(), most);
  const double top = 44, bottom = 316, left = label_room(rails[0].axis);
  const double gap = (width - left - 40) / static_cast<double>(count - 1);
  Svg svg(width, 330);
  std::vector<std::size_t> order(trials.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return ranks[a] < ranks[b]; });
  const Panel plane(svg, {left, top, gap * static_cast<double>(count - 1), bottom - top},
                    Axis{.lo = 0, .hi = static_cast<double>(count - 1)}, Axis{});
  for (const std::size_t i : order) {
    std::vector<Point> points;
    for (std::size_t r = 0; r < count; ++r) {
      const tune::Parameter* p =
          rails[r].param == nullptr ? nullptr : trials[i]->find(rails[r].name);
      if (rails[r].param != nullptr && p == nullptr) continue;  // the line passes by
      const double at = p == nullptr ? *shown_value(*trials[i]) : rails[r].param->at(*p);
      points.push_back({static_cast<double>(r), rails[r].axis.fraction(at)});
    }
    svg.curve(plane.line_path(points), fmt::format("l-rank q{}", ranks[i]),
              trial_tip(data, *trials[i]));
  }
  for (std::size_t r = 0; r < count; ++r)
    draw_rail(rails[r], left + gap * static_cast<double>(r), top, bottom, gap, svg);
  return svg.finish("Parallel coordinates", "A line a trial, from its value to its parameters.");
}

}  // namespace

double ParamAxis::at(const tune::Parameter& param) const {
  if (axis.scale != Scale::category) return param.internal;
  const auto place = places.find(param_text(param));
  return place == places.end() ? std::numeric_limits<double>::quiet_NaN() : place->second;
}

std::vector<ParamAxis> param_axes(const ReportData& data,
                                  const std::vector<const TrialRecord*>& trials) {
  std::map<std::string, std::vector<ParamPoint>> points;
  for (const TrialRecord* trial : trials)
    for (const tune::Parameter& param : trial->params)
      if (std::isfinite(param.internal)) points[param.name].push_back({trial, &param});
  std::vector<ParamAxis> axes;
  for (const std::string& name : param_names(data)) {
    const auto found = points.find(name);
    if (found == points.end()) continue;
    const std::string first = param_text(*found->second.front().param);
    const bool varies =
        std::any_of(found->second.begin(), found->second.end(),
                    [&](const ParamPoint& p) { return param_text(*p.param) != first; });
    if (!varies) continue;
    ParamAxis axis{name, std::move(found->second), {}, {}};
    axis.axis = axis_of(axis.points, axis.places);
    axes.push_back(std::move(axis));
  }
  return axes;
}

std::vector<int> rank_classes(const ReportData& data,
                              const std::vector<const TrialRecord*>& trials) {
  std::vector<double> sorted;
  for (const TrialRecord* trial : trials)
    if (const auto value = shown_value(*trial)) sorted.push_back(*value);
  std::sort(sorted.begin(), sorted.end(),
            [&](double a, double b) { return better(data, b, a); });  // the worst first
  std::vector<int> classes;
  for (const TrialRecord* trial : trials) {
    const auto value = shown_value(*trial);
    const auto place = std::lower_bound(sorted.begin(), sorted.end(), value.value_or(0),
                                        [&](double a, double b) { return better(data, b, a); });
    const double share = static_cast<double>(place - sorted.begin()) /
                         std::max(1.0, static_cast<double>(sorted.size()) - 1);
    classes.push_back(value ? std::min(kAges - 1, static_cast<int>(share * kAges)) : -1);
  }
  return classes;
}

std::string rank_legend(const std::vector<LegendItem>& more) {
  std::string ranks =
      "<li>worst <svg width=\"104\" height=\"16\" viewBox=\"0 0 104 16\" "
      "aria-hidden=\"true\">";
  for (int i = 0; i < kAges; ++i)
    ranks += fmt::format("<circle cx=\"{}\" cy=\"8\" r=\"5\" class=\"q{}\"/>", 8 + i * 12.5, i);
  std::string out = legend(more);
  return out.insert(out.find('>') + 1, ranks + "</svg> best</li>");
}

std::string section_pairs(const ReportData& data) {
  const std::vector<const TrialRecord*> trials = valued(data, kMostPairTrials);
  const std::vector<ParamAxis> params = param_axes(data, trials);
  if (params.size() < 2) return {};
  std::vector<const ParamAxis*> chosen = by_importance(data, params);
  chosen.resize(std::min(chosen.size(), kPairParams));
  const std::vector<int> ranks = rank_classes(data, trials);
  std::string grid;
  for (std::size_t i = 0; i < chosen.size(); ++i)
    for (std::size_t j = i + 1; j < chosen.size(); ++j)
      grid += draw_pair(data, *chosen[i], *chosen[j], trials, ranks);
  if (grid.empty()) return {};
  std::vector<LegendItem> best;
  if (data.best_trial)
    best.push_back({.classes = std::string(kPlain) + " q7 ring", .label = "best"});
  return section(
      "pairs", "Two parameters together",
      fmt::format("The colour is the rank of {} among the trials. Behind them lies what the trials "
                  "around a place suggest; where there are none it is left empty.{}",
                  escape(data.value_name),
                  params.size() > kPairParams
                      ? fmt::format(" The {} parameters that matter most are drawn.", kPairParams)
                      : ""),
      rank_legend(best) + "<div class=\"grid\">" + grid + "</div>");
}

std::string section_parallel(const ReportData& data) {
  const std::vector<const TrialRecord*> trials = valued(data, kMostLines);
  const std::vector<ParamAxis> params = param_axes(data, trials);
  if (params.empty() || trials.size() < 2) return {};
  std::vector<double> values;
  for (const TrialRecord* trial : trials) values.push_back(*shown_value(*trial));
  std::vector<Rail> rails = {{data.value_name, value_axis(data, values, 6).axis, nullptr}};
  for (const ParamAxis* param : by_importance(data, params))
    rails.push_back({param->name, param->axis, param});
  const std::vector<int> ranks = rank_classes(data, trials);
  return section(
      "parallel", "Parallel coordinates",
      fmt::format("A line is a trial; it passes by the parameters that it does not have.{}{}",
                  rails.size() > kMostAxes
                      ? fmt::format(" The {} parameters that matter most are drawn.", kMostAxes - 1)
                      : "",
                  data.trials.size() > kMostLines
                      ? fmt::format(" {} of {} trials are drawn, the best among them.",
                                    grouped(trials.size()), grouped(data.trials.size()))
                      : ""),
      rank_legend({}) +
          figure([&](double width) { return draw_parallel(data, rails, trials, ranks, width); }));
}

}  // namespace hone::report
