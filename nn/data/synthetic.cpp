// Drawing shapes: a shape is a function that says whether a point is inside, in its own
// coordinates.
#include "nn/data/synthetic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/philox.h"

namespace hone::nn::data {
namespace {

constexpr std::uint64_t kShapes = 0x736861706573;  // apart from the other uses of a seed

double radius(double x, double y) { return std::sqrt(x * x + y * y); }

bool in_square(double x, double y, double half) {
  return std::fabs(x) <= half && std::fabs(y) <= half;
}

// A shape fits into the unit circle about the origin.
struct ShapeKind {
  const char* name;
  bool (*inside)(double x, double y);
};

constexpr std::array<ShapeKind, 10> kKinds = {{
    {"disc", [](double x, double y) { return radius(x, y) <= 0.9; }},
    {"ring", [](double x, double y) { return std::fabs(radius(x, y) - 0.72) <= 0.18; }},
    {"square", [](double x, double y) { return in_square(x, y, 0.7); }},
    {"frame", [](double x, double y) { return in_square(x, y, 0.7) && !in_square(x, y, 0.4); }},
    {"triangle",
     [](double x, double y) { return y >= -0.5 && y <= 1 - std::numbers::sqrt3 * std::fabs(x); }},
    {"bar", [](double x, double y) { return std::fabs(x) <= 0.95 && std::fabs(y) <= 0.2; }},
    {"cross",
     [](double x, double y) {
       return std::min(std::fabs(x), std::fabs(y)) <= 0.2 &&
              std::max(std::fabs(x), std::fabs(y)) <= 0.9;
     }},
    {"corner", [](double x, double y) { return in_square(x, y, 0.7) && (x <= -0.3 || y <= -0.3); }},
    {"two discs", [](double x, double y) { return radius(std::fabs(x) - 0.55, y) <= 0.4; }},
    {"half disc", [](double x, double y) { return radius(x, y) <= 0.9 && y >= 0.1; }},
}};

void draw(std::uint8_t* pixels, const ShapesOptions& o, const ShapeKind& kind,
          PhiloxStream& random) {
  const auto between = [&](double low, double high) {
    return low + (high - low) * random.uniform();
  };
  const auto side = static_cast<double>(o.side);
  const double size = between(0.25, 0.42) * side;
  const double turn = between(-0.5, 0.5);  // at most 29 degrees, so that a corner stays one
  const double cosine = std::cos(turn), sine = std::sin(turn);
  const double middle_x = between(size, side - size), middle_y = between(size, side - size);
  std::array<double, 3> ground{}, ink{};
  for (std::size_t c = 0; c < 3; ++c) {
    ground[c] = between(0, 70);
    ink[c] = between(140, 255);
  }
  for (std::int64_t row = 0; row < o.side; ++row)
    for (std::int64_t column = 0; column < o.side; ++column) {
      const double x = (static_cast<double>(column) + 0.5 - middle_x) / size;
      const double y = (static_cast<double>(row) + 0.5 - middle_y) / size;
      const bool inside = kind.inside(cosine * x + sine * y, cosine * y - sine * x);
      for (std::size_t c = 0; c < static_cast<std::size_t>(o.channels); ++c) {
        const double value = (inside ? ink[c] : ground[c]) + 255 * o.noise * random.normal();
        *pixels++ = static_cast<std::uint8_t>(std::clamp(value + 0.5, 0.0, 255.0));
      }
    }
}

}  // namespace

ImageSet synthetic_shapes(const ShapesOptions& options) {
  check(options.count >= 0 && options.count <= 10'000'000,
        "synthetic_shapes: count is {}, it must be 0 to 10000000", options.count);
  check(options.side >= 12 && options.side <= 256,
        "synthetic_shapes: side is {}, it must be 12 to 256", options.side);
  check(options.channels == 1 || options.channels == 3,
        "synthetic_shapes: channels is {}, it must be 1 or 3", options.channels);
  check(options.noise >= 0 && options.noise <= 1,
        "synthetic_shapes: noise is {}, it must be 0 to 1", options.noise);
  ImageSet set;
  set.count = options.count;
  set.height = set.width = options.side;
  set.channels = options.channels;
  set.pixels.resize(static_cast<std::size_t>(options.count * set.image_bytes()));
  for (const ShapeKind& kind : kKinds) set.class_names.emplace_back(kind.name);
  for (std::int64_t i = 0; i < options.count; ++i) {
    PhiloxStream random(mix(options.seed, kShapes), static_cast<std::uint64_t>(i));
    const auto label = static_cast<std::size_t>(i) % kKinds.size();
    set.labels.push_back(static_cast<std::int32_t>(label));
    draw(set.pixels.data() + i * set.image_bytes(), options, kKinds[label], random);
  }
  return set;
}

}  // namespace hone::nn::data
