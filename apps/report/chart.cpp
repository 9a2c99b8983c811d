// SVG elements, panels and legends.
#include "apps/report/chart.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "apps/report/html.h"
#include "report_assets.h"

namespace hone::report {

namespace {

constexpr double kTickFont = 12;

const char* anchor_name(Anchor anchor) {
  switch (anchor) {
    case Anchor::start:
      return "start";
    case Anchor::middle:
      return "middle";
    case Anchor::end:
      return "end";
  }
  return "start";
}

std::string title_of(std::string_view tip) {
  return tip.empty() ? std::string() : "<title>" + escape(tip) + "</title>";
}

std::string shape_path(Shape shape, Point p, double r) {
  switch (shape) {
    case Shape::circle:
      return fmt::format(
          "M{:.1f} {:.1f}a{r:.1f} {r:.1f} 0 1 0 {d:.1f} 0a{r:.1f} {r:.1f} 0 1 0 -{d:.1f} 0z",
          p.x - r, p.y, fmt::arg("r", r), fmt::arg("d", 2 * r));
    case Shape::diamond: {
      const double e = r * 1.25;
      return fmt::format("M{:.1f} {:.1f}l{e:.1f} {e:.1f}l-{e:.1f} {e:.1f}l-{e:.1f} -{e:.1f}z", p.x,
                         p.y - e, fmt::arg("e", e));
    }
    case Shape::cross:
      return fmt::format("M{:.1f} {:.1f}l{d:.1f} {d:.1f}M{:.1f} {:.1f}l{d:.1f} -{d:.1f}", p.x - r,
                         p.y - r, p.x - r, p.y + r, fmt::arg("d", 2 * r));
    case Shape::square:
      return fmt::format("M{:.1f} {:.1f}h{d:.1f}v{d:.1f}h-{d:.1f}z", p.x - r, p.y - r,
                         fmt::arg("d", 2 * r));
    case Shape::triangle_up:
      return fmt::format("M{:.1f} {:.1f}l{:.1f} {:.1f}h-{:.1f}z", p.x, p.y - r, r, 1.8 * r, 2 * r);
    case Shape::triangle_down:
      return fmt::format("M{:.1f} {:.1f}l{:.1f} -{:.1f}h-{:.1f}z", p.x, p.y + r, r, 1.8 * r, 2 * r);
  }
  return {};
}

}  // namespace

double text_width(std::string_view text, double font_size) {
  return static_cast<double>(length(text)) * font_size * 0.62;
}

void Svg::text(Point at, std::string_view text, std::string_view classes, Anchor anchor) {
  body_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\" text-anchor=\"{}\">{}</text>",
                       at.x, at.y, classes, anchor_name(anchor), escape(text));
}

void Svg::text_slanted(Point at, std::string_view text, std::string_view classes, double degrees) {
  body_ += fmt::format(
      "<text transform=\"translate({:.1f} {:.1f}) rotate({:.0f})\" class=\"{}\">{}</text>", at.x,
      at.y, degrees, classes, escape(text));
}

void Svg::line(Point from, Point to, std::string_view classes) {
  body_ +=
      fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>",
                  from.x, from.y, to.x, to.y, classes);
}

void Svg::rect(const Rect& rect, std::string_view classes, std::string_view tip, double opacity) {
  body_ +=
      fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"{}\"",
                  rect.x, rect.y, rect.w, rect.h, classes);
  if (opacity < 1) body_ += fmt::format(" fill-opacity=\"{:.3f}\"", opacity);
  body_ += tip.empty() ? "/>" : ">" + title_of(tip) + "</rect>";
}

void Svg::path(std::string_view d, std::string_view classes) {
  if (d.empty()) return;
  body_ += fmt::format("<path d=\"{}\" class=\"{}\"/>", d, classes);
}

void Svg::curve(std::string_view d, std::string_view classes, std::string_view tip) {
  if (d.empty()) return;
  body_ += fmt::format(
      "<g class=\"curve\">{}<path d=\"{}\" class=\"hit\"/><path d=\"{}\" class=\"{}\"/></g>",
      title_of(tip), d, d, classes);
}

void Svg::mark(Shape shape, Point at, double radius, std::string_view classes,
               std::string_view tip) {
  body_ += fmt::format("<path d=\"{}\" class=\"pt {}\">{}</path>", shape_path(shape, at, radius),
                       classes, title_of(tip));
}

void Svg::image(const Rect& rect, std::span<const std::uint8_t> png, std::string_view tip) {
  body_ += fmt::format(
      "<image x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
      "preserveAspectRatio=\"none\" class=\"pixels\" href=\"data:image/png;base64,{}\">{}</image>",
      rect.x, rect.y, rect.w, rect.h, base64(png), title_of(tip));
}

std::string Svg::element(std::string_view title, std::string_view summary, double margin,
                         std::string_view attributes, std::string_view before) const {
  const std::string label = escape(clip(std::string(title) + ". " + std::string(summary), 300));
  return fmt::format(
      "<svg class=\"chart\" viewBox=\"{0:.0f} {0:.0f} {1:.0f} {2:.0f}\" role=\"img\" "
      "aria-label=\"{3}\"{4}><title>{5}</title>{6}{7}</svg>",
      0 - margin, width_ + 2 * margin, height_ + 2 * margin, label, attributes,
      escape(clip(title, 100)), before, body_);
}

std::string Svg::finish(std::string_view title, std::string_view summary) const {
  return element(title, summary, 0, "", "");
}

std::string Svg::document(std::string_view title, std::string_view summary) const {
  constexpr double kMargin = 14;
  const std::string size =
      fmt::format(" xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0f}\" height=\"{:.0f}\"",
                  width_ + 2 * kMargin, height_ + 2 * kMargin);
  const std::string before = fmt::format(
      "<style>{}svg{{font-family:Inter,system-ui,sans-serif}}</style>"
      "<rect x=\"-{}\" y=\"-{}\" width=\"100%\" height=\"100%\" class=\"paper\"/>",
      kStyle, kMargin, kMargin);
  return element(title, summary, kMargin, size, before) + "\n";
}

Point Panel::at(double x, double y) const { return {px(x), py(y)}; }

void Panel::x_tick_labels() {
  const double y = area_.y + area_.h + 18;
  const bool names = x_.scale == Scale::category;
  const double room = area_.w / static_cast<double>(std::max<std::size_t>(1, x_.ticks.size()));
  const std::size_t fits = static_cast<std::size_t>(std::max(2.0, room / (kTickFont * 0.62) - 1));
  double taken = -1e9;
  for (const Tick& tick : x_.ticks) {
    const std::string label = names ? clip(tick.label, fits) : tick.label;
    const double half = text_width(label, kTickFont) / 2;
    // A label at an end is moved inside the drawing.
    const double x = std::clamp(px(tick.at), half, std::max(half, svg_.width() - half));
    if (x - half < taken) continue;
    svg_.text({x, y}, label, "tick", Anchor::middle);
    taken = x + half + 6;
  }
}

void Panel::frame(const Frame& frame) {
  const double right = area_.x + area_.w;
  const double bottom = area_.y + area_.h;
  for (const Tick& tick : y_.ticks) {
    svg_.line({area_.x, py(tick.at)}, {right, py(tick.at)}, "grid");
    const auto fits = static_cast<std::size_t>(std::max(3.0, (area_.x - 8) / (kTickFont * 0.6)));
    svg_.text({area_.x - 8, py(tick.at) + 4}, clip(tick.label, fits), "tick", Anchor::end);
  }
  for (const Tick& tick : x_.ticks) {
    if (x_.scale != Scale::category) {
      svg_.line({px(tick.at), bottom}, {px(tick.at), bottom + 4}, "axis");
    }
  }
  svg_.line({area_.x, bottom}, {right, bottom}, "axis");
  if (frame.x_labels) x_tick_labels();
  if (!frame.title.empty()) svg_.text({0, area_.y - 18}, clip(frame.title, 44), "panel");
  if (!frame.x_title.empty())
    svg_.text({right, bottom + 36}, clip(frame.x_title, 40), "axt", Anchor::end);
}

std::string Panel::line_path(const std::vector<Point>& points, bool steps) const {
  std::string d;
  bool pen_down = false;
  for (const Point& p : points) {
    if (!std::isfinite(p.x) || !std::isfinite(p.y)) {
      pen_down = false;
      continue;
    }
    const Point q = at(p.x, p.y);
    if (!pen_down) {
      d += fmt::format("M{:.1f} {:.1f}", q.x, q.y);
    } else if (steps) {
      d += fmt::format("H{:.1f}V{:.1f}", q.x, q.y);
    } else {
      d += fmt::format("L{:.1f} {:.1f}", q.x, q.y);
    }
    pen_down = true;
  }
  return d;
}

void Panel::line(const std::vector<Point>& points, std::string_view classes, bool steps) {
  svg_.path(line_path(points, steps), classes);
}

void Panel::mark(Shape shape, double x, double y, double radius, std::string_view classes,
                 std::string_view tip) {
  if (!std::isfinite(x) || !std::isfinite(y)) return;
  if (!y_.holds(y)) shape = y < y_.lo ? Shape::triangle_down : Shape::triangle_up;
  svg_.mark(shape, at(x, y), radius, classes, tip);
}

std::string legend(const std::vector<LegendItem>& items) {
  std::string out = "<ul class=\"legend\">";
  for (const LegendItem& item : items) {
    const std::string d = item.line ? "M1 8H21" : shape_path(item.shape, {11, 8}, 4.5);
    out += fmt::format(
        "<li><svg width=\"22\" height=\"16\" viewBox=\"0 0 22 16\" aria-hidden=\"true\"><path "
        "d=\"{}\" "
        "class=\"{}\"/></svg>{}</li>",
        d, item.classes, escape(item.label));
  }
  return out + "</ul>";
}

std::string cell_bar(double share, std::string_view classes) {
  const double width = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) * 80 : 0;
  return fmt::format(
      "<svg class=\"bar\" width=\"80\" height=\"8\" viewBox=\"0 0 80 8\" "
      "aria-hidden=\"true\"><rect "
      "width=\"80\" height=\"8\" rx=\"2\" class=\"track\"/><rect width=\"{:.1f}\" height=\"8\" "
      "rx=\"2\" "
      "class=\"{}\"/></svg>",
      width, classes);
}

}  // namespace hone::report
