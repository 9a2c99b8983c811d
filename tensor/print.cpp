// Tensors as text, in NumPy's layout: columns aligned at the decimal point, long axes shortened.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <ostream>

#include "base/error.h"
#include "tensor/tensor.h"

namespace hone {
namespace {

constexpr std::int64_t kMostShown = 1000;  // elements
constexpr std::int64_t kEdge = 3;          // of a shortened axis, at each end
constexpr std::size_t kLineWidth = 75;
constexpr std::size_t kDigits = 8;  // behind the decimal point

// The digits that name a number among those of its type, "125" and 3 for 1.25e+03.
struct Digits {
  std::string digits;
  int exponent = 0;
};

template <class T>
Digits shortest_digits(T value) {
  char text[64];
  const std::to_chars_result end =
      std::to_chars(text, text + sizeof text, std::abs(value), std::chars_format::scientific);
  const std::string all(text, end.ptr);
  const std::size_t e = all.find('e');
  Digits d{all.substr(0, 1) + (e > 2 ? all.substr(2, e - 2) : ""), 0};
  const char* first = all.data() + e + (all[e + 1] == '+' ? 2 : 1);
  std::from_chars(first, all.data() + all.size(), d.exponent);
  return d;
}

// How all elements of a tensor are written.
struct Style {
  DType dtype;
  bool scientific = false;
  std::size_t fraction = 0;  // digits behind the point that the longest one has
  std::size_t width = 0;

  bool floating() const { return dtype == DType::f32 || dtype == DType::f64; }
  Digits digits(double value) const {
    return dtype == DType::f32 ? shortest_digits(static_cast<float>(value))
                               : shortest_digits(value);
  }
  // The digits behind the point that this number needs, kDigits at most.
  std::size_t fraction_of(double value) const {
    const Digits d = digits(value);
    const int all = static_cast<int>(d.digits.size()) - 1 - (scientific ? 0 : d.exponent);
    const auto wanted = static_cast<std::size_t>(std::max(all, 0));
    if (wanted <= kDigits) return wanted;
    const std::string rounded = scientific ? fmt::format("{:.{}e}", std::abs(value), kDigits)
                                           : fmt::format("{:.{}f}", std::abs(value), kDigits);
    const std::size_t point = rounded.find('.'), e = rounded.find('e');
    std::size_t last = (e == std::string::npos ? rounded.size() : e) - 1;
    while (last > point && rounded[last] == '0') --last;
    return last - point;
  }
  std::string number(double value) const {
    if (!floating()) return fmt::format("{}", static_cast<std::int64_t>(value));
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    if (scientific) return fmt::format("{:#.{}e}", value, fraction);
    const std::size_t own = fraction_of(value);
    const std::string text = fmt::format("{:#.{}f}", value, own);
    return text + std::string(fraction - own, ' ');  // aligned at the point
  }
  std::string padded(double value) const {
    const std::string text = number(value);
    return std::string(width - std::min(width, text.size()), ' ') + text;
  }
};

Style style_of(DType dtype, const std::vector<double>& shown) {
  Style style{.dtype = dtype};
  if (style.floating()) {
    double least = INFINITY, most = 0;
    for (const double value : shown) {
      if (!std::isfinite(value) || value == 0) continue;
      least = std::min(least, std::abs(value));
      most = std::max(most, std::abs(value));
    }
    style.scientific = most > 0 && (most >= 1e8 || least < 1e-4 || most / least > 1000);
    for (const double value : shown)
      if (std::isfinite(value)) style.fraction = std::max(style.fraction, style.fraction_of(value));
  }
  for (const double value : shown) style.width = std::max(style.width, style.number(value).size());
  return style;
}

class Printer {
 public:
  Printer(const Shape& shape, DType dtype, std::vector<double> values)
      : shape_(shape), values_(std::move(values)), shorten_(shape.count() > kMostShown) {
    std::vector<double> shown;
    collect(0, 0, shown);
    style_ = style_of(dtype, shown);
  }

  std::string text() const {
    if (shape_.rank() == 0) {
      const std::string number = style_.number(values_.at(0));
      return number.back() == '.' ? number + "0" : number;
    }
    if (values_.empty()) return "[]";
    return axis_text(0, 0, kLineWidth);
  }

 private:
  // The indices along an axis that are shown; -1 stands for those that are not.
  std::vector<std::int64_t> shown_along(int axis) const {
    const std::int64_t extent = shape_[axis];
    std::vector<std::int64_t> all;
    for (std::int64_t i = 0; i < extent; ++i) {
      const bool hidden = shorten_ && extent > 2 * kEdge && i >= kEdge && i < extent - kEdge;
      if (!hidden) all.push_back(i);
      if (hidden && i == kEdge) all.push_back(-1);
    }
    return all;
  }

  void collect(int axis, std::int64_t at, std::vector<double>& shown) const {
    if (axis == shape_.rank()) return shown.push_back(values_[static_cast<std::size_t>(at)]);
    for (const std::int64_t i : shown_along(axis))
      if (i >= 0) collect(axis + 1, at * shape_[axis] + i, shown);
  }

  // The text of one index of the axes before `axis`; `room`: columns that a line may take.
  std::string axis_text(int axis, std::int64_t at, std::size_t room) const {
    const std::string indent(static_cast<std::size_t>(axis) + 1, ' ');
    const bool last = axis + 1 == shape_.rank();
    const std::string between(static_cast<std::size_t>(shape_.rank() - axis - 1), '\n');
    std::string text = "[", line = indent;
    bool first = true;
    for (const std::int64_t i : shown_along(axis)) {
      const std::int64_t index = at * shape_[axis] + i;
      if (last) {
        const std::string word =
            i < 0 ? "..." : style_.padded(values_[static_cast<std::size_t>(index)]);
        const std::string gap = first ? "" : " ";
        if (line.size() + gap.size() + word.size() > room - 1 && line.size() > indent.size()) {
          text += line.substr(text.size() == 1 ? indent.size() : 0) + "\n";
          line = indent + word;
        } else {
          line += gap + word;
        }
      } else {
        if (!first) text += between + indent;
        text += i < 0 ? "..." : axis_text(axis + 1, index, room - 1);
      }
      first = false;
    }
    if (last) text += line.substr(text.size() == 1 ? indent.size() : 0);
    return text + "]";
  }

  Shape shape_;
  std::vector<double> values_;
  bool shorten_;
  Style style_{};
};

}  // namespace

std::string Tensor::str() const {
  check(models() == 1, "str: the tensor holds {} models; print one of them, model(m)", models());
  return Printer(shape(), dtype(), to_vector<double>()).text();
}

std::string text_of(const Tensor& tensor) { return tensor.defined() ? tensor.str() : "undefined"; }

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) { return out << text_of(tensor); }

}  // namespace hone
