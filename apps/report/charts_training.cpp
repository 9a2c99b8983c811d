// The charts of the final training: accuracy, loss and learning rate over the epochs, and the
// confusion matrix.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "apps/report/figures.h"
#include "apps/report/html.h"

namespace hone::report {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::vector<Point> column(const ReportData& data,
                          const std::function<double(const EpochRecord&)>& get) {
  std::vector<Point> points;
  for (const EpochRecord& row : data.history.epochs)
    points.push_back({static_cast<double>(row.epoch), get(row)});
  return points;
}

bool any_finite(const std::vector<Point>& points) {
  return std::any_of(points.begin(), points.end(),
                     [](const Point& p) { return std::isfinite(p.y); });
}

// One of the training's own metrics.
std::vector<Point> own(const ReportData& data, const std::string& name) {
  return column(
      data, [&](const EpochRecord& e) { return nn::train::find_metric(e, name).value_or(kNaN); });
}

// What is drawn: the loss, and above it the accuracy or, where there is none, another metric.
struct Columns {
  std::string measure;  // its name; empty: there is none
  bool is_accuracy = false;
  std::vector<Point> loss, val_loss, measured, val_measured, rate;
};

Columns columns_of(const ReportData& data) {
  Columns c;
  c.loss = column(data, [](const EpochRecord& e) { return e.loss; });
  c.val_loss = column(data, [](const EpochRecord& e) { return e.val_loss.value_or(kNaN); });
  c.rate = column(data, [](const EpochRecord& e) {
    return e.learning_rate > 0 ? static_cast<double>(e.learning_rate) : kNaN;
  });
  c.measured = column(data, [](const EpochRecord& e) { return e.accuracy; });
  c.val_measured = column(data, [](const EpochRecord& e) { return e.val_accuracy.value_or(kNaN); });
  c.is_accuracy = any_finite(c.measured) || any_finite(c.val_measured);
  if (c.is_accuracy) {
    c.measure = "accuracy";
  } else if (!data.epoch_metric.empty()) {
    c.measured = own(data, data.epoch_metric);
    c.val_measured = own(data, "val_" + data.epoch_metric);
    if (any_finite(c.measured) || any_finite(c.val_measured)) c.measure = data.epoch_metric;
  }
  return c;
}

struct Span {
  double lo = std::numeric_limits<double>::infinity();
  double hi = -std::numeric_limits<double>::infinity();
  void add(const std::vector<Point>& points) {
    for (const Point& p : points) {
      if (!std::isfinite(p.y)) continue;
      lo = std::min(lo, p.y);
      hi = std::max(hi, p.y);
    }
  }
};

// A sudden fall of the rate. A schedule that lowers it a little every epoch has none.
struct Cut {
  double epoch = 0;  // the first epoch with the new rate
  double from = 0;
  double to = 0;
};

std::vector<Cut> rate_cuts(const std::vector<Point>& rate) {
  std::vector<Cut> cuts;
  for (std::size_t i = 1; i < rate.size(); ++i) {
    const double from = rate[i - 1].y;
    const double to = rate[i].y;
    if (to > 0 && from > 0 && to <= 0.7 * from) cuts.push_back({rate[i].x, from, to});
  }
  if (cuts.size() > 12) cuts.clear();
  return cuts;
}

std::string epoch_tip(const ReportData& data, const EpochRecord& row) {
  std::string tip = fmt::format("{} {}", data.step_name, row.epoch);
  const auto add = [&](const char* name, const std::string& text) {
    tip += fmt::format("\n{} {}", name, text);
  };
  if (std::isfinite(row.accuracy)) add("accuracy", percent(row.accuracy));
  if (row.val_accuracy) add("validation accuracy", percent(*row.val_accuracy));
  if (std::isfinite(row.loss)) add("loss", number(row.loss));
  if (row.val_loss) add("validation loss", number(*row.val_loss));
  for (const auto& [name, value] : row.metrics)
    if (std::isfinite(value)) add(name.c_str(), number(value));
  if (row.learning_rate > 0) add("learning rate", number(static_cast<double>(row.learning_rate)));
  return tip;
}

// The epoch with the best validation value, or nullptr.
const EpochRecord* best_epoch(const ReportData& data) {
  const EpochRecord* best = nullptr;
  for (const EpochRecord& row : data.history.epochs) {
    if (!row.val_accuracy || !std::isfinite(*row.val_accuracy)) continue;
    if (best == nullptr || *row.val_accuracy > *best->val_accuracy) best = &row;
  }
  return best;
}

// The rate holds for a whole epoch: steps half-way between the epochs.
std::vector<Point> as_steps(const std::vector<Point>& points) {
  std::vector<Point> out;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i > 0) out.push_back({(points[i - 1].x + points[i].x) / 2, points[i].y});
    out.push_back(points[i]);
    if (i + 1 < points.size()) out.push_back({(points[i].x + points[i + 1].x) / 2, points[i].y});
  }
  return out;
}

void draw_pair(Panel& panel, const std::vector<Point>& train,
               const std::vector<Point>& validation) {
  panel.line(train, "l-train");
  panel.line(validation, "l-val");
  if (train.size() == 1) {
    panel.mark(Shape::circle, train[0].x, train[0].y, 4, "m-train", "");
    panel.mark(Shape::circle, validation[0].x, validation[0].y, 4, "m-val", "");
  }
}

// Dashed lines through all panels where the rate was cut.
void draw_cuts(Svg& svg, Panel& panel, const std::vector<Cut>& cuts, double bottom, bool label) {
  double free_from = -1e9;
  for (const Cut& cut : cuts) {
    const double x = (panel.px(cut.epoch - 1) + panel.px(cut.epoch)) / 2;
    svg.line({x, panel.area().y}, {x, bottom}, "cut");
    const std::string text = "rate ×" + number(cut.to / cut.from, 2);
    const double half = text_width(text, 12) / 2;
    const double at = std::clamp(x, half, svg.width() - half);
    // The panel's own title stands at the left of this line.
    if (!label || at - half < std::max(free_from, 90.0)) continue;
    svg.text({at, panel.area().y - 18}, text, "note", Anchor::middle);
    free_from = at + half + 10;
  }
}

// An invisible column over all panels for every epoch: hovering it shows the values of that epoch.
void draw_bands(const ReportData& data, Svg& svg, const Panel& panel, double top, double bottom) {
  const double left = panel.area().x;
  const double right = left + panel.area().w;
  for (std::size_t i = 0; i < data.history.epochs.size(); ++i) {
    const double x = panel.px(data.history.epochs[i].epoch);
    const double before = i > 0 ? (panel.px(data.history.epochs[i - 1].epoch) + x) / 2 : left;
    const double after = i + 1 < data.history.epochs.size()
                             ? (panel.px(data.history.epochs[i + 1].epoch) + x) / 2
                             : right;
    svg.rect({before, top, std::max(0.5, after - before), bottom - top}, "band",
             epoch_tip(data, data.history.epochs[i]));
  }
}

std::string draw_training(const ReportData& data, double width) {
  const Columns c = columns_of(data);
  Span measured, loss, rate;
  measured.add(c.measured), measured.add(c.val_measured);
  loss.add(c.loss), loss.add(c.val_loss);
  rate.add(c.rate);
  const bool has_measure = !c.measure.empty(), has_rate = any_finite(c.rate);
  const Axis measure_axis =
      linear_axis(measured.lo, measured.hi,
                  {.ticks = 5, .format = c.is_accuracy ? TickFormat::percent : TickFormat::plain});
  const Axis loss_axis = loss.lo > 0 && loss.hi / loss.lo > 200
                             ? log_axis(loss.lo / 1.1, loss.hi * 1.1)
                             : linear_axis(std::min(0.0, loss.lo), loss.hi, {.ticks = 5});
  const Axis rate_axis = log_axis(rate.lo / 1.6, rate.hi * 1.6, 3);
  double left = label_room(loss_axis);
  if (has_measure) left = std::max(left, label_room(measure_axis));
  if (has_rate) left = std::max(left, label_room(rate_axis));

  const Axis epochs = linear_axis(
      data.history.epochs.front().epoch, data.history.epochs.back().epoch,
      {.ticks = width > 500 ? 10 : 6, .format = TickFormat::integer, .round_ends = false});
  const double height = width > 500 ? 210 : 180;
  const double span = width - left - 12;
  const double loss_top = has_measure ? 36 + height + 60 : 36;
  const double rate_top = loss_top + height + 60;
  const double bottom = has_rate ? rate_top + 90 : loss_top + height;
  Svg svg(width, bottom + 46);
  Panel top(svg, {left, 36, span, height}, epochs, has_measure ? measure_axis : loss_axis);
  Panel middle(svg, {left, loss_top, span, height}, epochs, loss_axis);
  if (has_measure) top.frame({.title = c.measure, .x_labels = false});
  middle.frame({.title = "loss", .x_labels = !has_rate, .x_title = has_rate ? "" : data.step_name});
  draw_cuts(svg, top, rate_cuts(c.rate), bottom, true);
  if (has_measure) draw_pair(top, c.measured, c.val_measured);
  draw_pair(middle, c.loss, c.val_loss);
  if (has_rate) {
    Panel low(svg, {left, rate_top, span, 90}, epochs, rate_axis);
    low.frame({.title = "learning rate", .x_title = data.step_name});
    low.line(as_steps(c.rate), "l-rate");
    if (c.rate.size() == 1) low.mark(Shape::circle, c.rate[0].x, c.rate[0].y, 4, "m-rate", "");
  }
  draw_bands(data, svg, top, 36, bottom);
  if (const EpochRecord* best = best_epoch(data)) {
    top.mark(Shape::circle, best->epoch, *best->val_accuracy, 5.5, "m-val ring",
             epoch_tip(data, *best));
  }
  return svg.finish("The final training", fmt::format("Loss{}{} and learning rate by epoch.",
                                                      has_measure ? ", " : "", c.measure));
}

struct Confusion {
  std::size_t truth = 0;
  std::size_t predicted = 0;
  std::uint64_t count = 0;
};

std::uint64_t row_sum(const std::vector<std::uint64_t>& row) {
  std::uint64_t sum = 0;
  for (const std::uint64_t n : row) sum += n;
  return sum;
}

std::vector<Confusion> worst_confusions(const ReportData& data, std::size_t most) {
  std::vector<Confusion> all;
  for (std::size_t t = 0; t < data.confusion.size(); ++t) {
    for (std::size_t p = 0; p < data.confusion.size(); ++p) {
      if (t != p && data.confusion[t][p] > 0) all.push_back({t, p, data.confusion[t][p]});
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Confusion& a, const Confusion& b) { return a.count > b.count; });
  all.resize(std::min(all.size(), most));
  return all;
}

void draw_cell(const ReportData& data, Svg& svg, std::size_t t, std::size_t p, const Rect& cell,
               double font_room) {
  const std::uint64_t n = data.confusion[t][p];
  const std::uint64_t sum = std::max<std::uint64_t>(1, row_sum(data.confusion[t]));
  const double share = static_cast<double>(n) / static_cast<double>(sum);
  // Mistakes are rare: a root makes one in a hundred visible.
  const double strength =
      t == p ? 0.15 + 0.85 * share * share : std::min(1.0, 1.8 * std::sqrt(share));
  const std::string tip =
      fmt::format("{} of {} {} of {}\n{} {} ({})", grouped(n), grouped(sum), data.sample_name,
                  clip(data.class_names[t], 60), t == p ? "rightly called" : "called",
                  clip(data.class_names[p], 60), percent(share, 1));
  svg.rect(cell, "cell", "");
  svg.rect(cell, t == p ? "cell-right" : "cell-wrong", tip, n == 0 ? 0 : std::max(0.03, strength));
  const std::string text = fmt::to_string(n);
  if (n > 0 && text_width(text, font_room > 500 ? 13 : 10) <= cell.w) {
    svg.text({cell.x + cell.w / 2, cell.y + cell.h / 2 + 4}, text,
             strength > (t == p ? 0.72 : 0.8) ? "on-dark" : "on-light", Anchor::middle);
  }
}

std::string draw_confusion(const ReportData& data, double width) {
  const std::size_t n = data.confusion.size();
  const bool wide = width > 500;
  const double font = wide ? 13 : 11;
  const std::size_t most = wide ? 22 : 12;
  double names = 0;
  for (const std::string& name : data.class_names)
    names = std::max(names, text_width(clip(name, most), font));
  const double left = names + 12;
  const double top = names * 0.72 + 30;
  const double total = wide ? std::min(width, 760.0) : width;
  const double right = wide ? names * 0.72 : names * 0.5;
  const double size = std::max(2.0, (total - left - right) / static_cast<double>(n));
  Svg svg(total, top + size * static_cast<double>(n) + 6);
  svg.text({0, 14}, "rows: truth, columns: prediction", "axt");
  for (std::size_t t = 0; t < n; ++t) {
    const double y = top + size * static_cast<double>(t);
    const double x = left + size * static_cast<double>(t);
    const bool label = size >= font || t % static_cast<std::size_t>(font / size + 1) == 0;
    if (label) {
      const char* classes = wide ? "name" : "name small";
      svg.text({left - 8, y + size / 2 + 4}, clip(data.class_names[t], most), classes, Anchor::end);
      svg.text_slanted({x + size / 2 + 2, top - 8}, clip(data.class_names[t], most), classes, -45);
    }
    for (std::size_t p = 0; p < n; ++p) {
      const Rect cell{left + size * static_cast<double>(p) + 1, y + 1, std::max(1.0, size - 2),
                      std::max(1.0, size - 2)};
      draw_cell(data, svg, t, p, cell, width);
    }
  }
  return svg.finish("Confusion matrix",
                    "Counts of the test " + data.sample_name + " by true and predicted class.");
}

}  // namespace

std::string section_training(const ReportData& data) {
  if (data.history.epochs.empty()) return {};
  const Columns c = columns_of(data);
  if (!any_finite(c.loss) && c.measure.empty()) return {};
  const bool validated = any_finite(c.val_loss) || any_finite(c.val_measured);
  std::vector<LegendItem> items = {{.line = true, .classes = "l-train", .label = "training"}};
  if (validated) items.push_back({.line = true, .classes = "l-val", .label = "validation"});
  std::string intro =
      data.reruns ? fmt::format("Trial {}, which fresh seeds name, trained again from the start.",
                                data.reruns->number())
                  : "The best configuration, trained again from the start.";
  const std::size_t cuts = rate_cuts(c.rate).size();
  if (cuts > 0) {
    intro += fmt::format(" The learning rate was cut {}, at the dashed line{}.",
                         cuts == 1 ? "once" : fmt::format("{} times", cuts), cuts == 1 ? "" : "s");
  }
  if (const EpochRecord* best = best_epoch(data)) {
    items.push_back(
        {.shape = Shape::circle, .classes = "m-val ring", .label = "best validation accuracy"});
    intro += fmt::format(" Validation accuracy was best after {} {}: {}.", escape(data.step_name),
                         best->epoch, percent(*best->val_accuracy));
  }
  return section("training", "The final training", intro,
                 legend(items) + figure([&](double width) { return draw_training(data, width); }));
}

std::string section_confusion(const ReportData& data) {
  if (data.confusion.empty()) return {};
  std::string words;
  for (const Confusion& c : worst_confusions(data, 6)) {
    words += fmt::format("<li><b>{}</b> of {} {} of <b>{}</b> were called <b>{}</b></li>",
                         grouped(c.count), grouped(row_sum(data.confusion[c.truth])),
                         escape(data.sample_name), escape(clip(data.class_names[c.truth], 80)),
                         escape(clip(data.class_names[c.predicted], 80)));
  }
  const std::string list = words.empty() ? "<p>None was called by a wrong name.</p>"
                                         : "<ul class=\"words\">" + words + "</ul>";
  return section("confusion", "What it confuses",
                 "All test " + escape(data.sample_name) + " by their true and predicted class.",
                 list + figure([&](double width) { return draw_confusion(data, width); }));
}

}  // namespace hone::report
