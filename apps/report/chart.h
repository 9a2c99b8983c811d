// A small chart kit that writes SVG: axes with round ticks, panels, lines, marks, bars and legends.
//
// Every colour is a class of report.css, so a chart follows the light, dark and print palettes. A
// mark's <title> holds the values behind it: report.js shows it on hover and touch, and without the
// script the browser shows it by itself. All texts given here are plain; the kit escapes them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hone::report {

enum class Scale { linear, log, category };
enum class TickFormat { plain, percent, integer };

struct Tick {
  double at = 0;
  std::string label = {};
};

struct Axis {
  Scale scale = Scale::linear;
  double lo = 0;
  double hi = 1;
  std::vector<Tick> ticks = {};

  // Where `value` lies between both ends, 0..1; clamped to the ends.
  double fraction(double value) const;
  bool holds(double value) const;
};

struct LinearAxis {
  int ticks = 5;  // about how many
  TickFormat format = TickFormat::plain;
  bool round_ends = true;  // widen both ends to a tick
};

// Ticks at 1, 2 or 5 times a power of ten. Equal ends are widened, ends in the wrong order swapped.
Axis linear_axis(double lo, double hi, const LinearAxis& options);
// Ticks at powers of ten; at 1, 2 and 5 times them on a short range. Ends that are not above zero
// are not possible on a log axis: the result is then a linear one.
Axis log_axis(double lo, double hi, int max_ticks = 6);
// One place per name, at 0, 1, 2, ...
Axis category_axis(const std::vector<std::string>& names);

// Pixels that `text` needs at most at a font size, for any common sans-serif font.
double text_width(std::string_view text, double font_size);

struct Rect {
  double x = 0;
  double y = 0;
  double w = 0;
  double h = 0;
};

struct Point {
  double x = 0;
  double y = 0;
};

enum class Anchor { start, middle, end };
enum class Shape { circle, diamond, cross, square, triangle_up, triangle_down };

class Svg {
 public:
  Svg(double width, double height) : width_(width), height_(height) {}
  double width() const { return width_; }

  void text(Point at, std::string_view text, std::string_view classes,
            Anchor anchor = Anchor::start);
  void text_slanted(Point at, std::string_view text, std::string_view classes, double degrees);
  void line(Point from, Point to, std::string_view classes);
  void rect(const Rect& rect, std::string_view classes, std::string_view tip = {},
            double opacity = 1);
  void path(std::string_view d, std::string_view classes);
  // A curve with a wide invisible border, so that a finger finds it.
  void curve(std::string_view d, std::string_view classes, std::string_view tip);
  void mark(Shape shape, Point at, double radius, std::string_view classes, std::string_view tip);

  // A grey or colour PNG, its pixels as squares.
  void image(const Rect& rect, std::span<const std::uint8_t> png, std::string_view tip = {});

  // A whole SVG file with its style, for a picture that stands alone.
  std::string document(std::string_view title, std::string_view summary) const;
  // The finished element; `title` names the chart, `summary` says in one sentence what it shows.
  std::string finish(std::string_view title, std::string_view summary) const;

 private:
  std::string element(std::string_view title, std::string_view summary, double margin,
                      std::string_view attributes, std::string_view before) const;

  double width_;
  double height_;
  std::string body_ = {};
};

// One plot area with its two axes.
class Panel {
 public:
  Panel(Svg& svg, Rect area, Axis x, Axis y)
      : svg_(svg), area_(area), x_(std::move(x)), y_(std::move(y)) {}

  struct Frame {
    std::string title = {};    // above the area, at the left
    bool x_labels = true;      // off for all but the lowest of panels that share their x axis
    std::string x_title = {};  // below the labels, at the right
  };
  // Grid, tick labels (one that would touch its neighbour is left out) and titles.
  void frame(const Frame& frame);

  Point at(double x, double y) const;
  double px(double x) const { return area_.x + x_.fraction(x) * area_.w; }
  double py(double y) const { return area_.y + (1 - y_.fraction(y)) * area_.h; }
  const Rect& area() const { return area_; }
  const Axis& y_axis() const { return y_; }

  // The path through the points, broken where a value is not finite.
  std::string line_path(const std::vector<Point>& points, bool steps = false) const;
  void line(const std::vector<Point>& points, std::string_view classes, bool steps = false);
  // A value outside the y axis is drawn as a triangle at the edge that it left by.
  void mark(Shape shape, double x, double y, double radius, std::string_view classes,
            std::string_view tip);

 private:
  void x_tick_labels();

  Svg& svg_;
  Rect area_;
  Axis x_;
  Axis y_;
};

struct LegendItem {
  Shape shape = Shape::circle;
  bool line = false;  // a line instead of the shape
  std::string classes = {};
  std::string label = {};
};

// An HTML list; its entries wrap on a narrow page.
std::string legend(const std::vector<LegendItem>& items);

// A bar of a table cell: `share` of 0..1 of a fixed width.
std::string cell_bar(double share, std::string_view classes);

}  // namespace hone::report
