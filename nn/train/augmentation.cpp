// Drawing what the augmentations do to a sample.
#include "nn/train/augmentation.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace hone::nn::train {
namespace {

double between(PhiloxStream& random, double low, double high) {
  return low + (high - low) * random.uniform();
}

// Marsaglia & Tsang 2000, "A simple method for generating gamma variables".
double gamma(PhiloxStream& random, double shape) {
  if (shape < 1) {
    const double power = std::pow(1 - random.uniform(), 1 / shape);
    return gamma(random, shape + 1) * power;
  }
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = random.normal();
    const double v = (1 + c * x) * (1 + c * x) * (1 + c * x);
    const double u = 1 - random.uniform();
    if (v > 0 && std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

double beta(PhiloxStream& random, double alpha) {
  const double a = gamma(random, alpha), b = gamma(random, alpha);
  return a + b > 0 ? a / (a + b) : 0.5;
}

void needs_image(const char* who, const Shape& sample) {
  check(sample.rank() == 3, "{}: the samples have shape {}, pictures [H, W, C] are needed", who,
        sample.str());
}

void check_range(const char* who, const char* what, double value, double low, double high) {
  check(value >= low && value <= high, "{}: {} is {}, it must be {} to {}", who, what, value, low,
        high);
}

// A box of whole pixels of about this height and width, at any place inside the picture.
Box box_at(PhiloxStream& random, const Shape& picture, double height, double width) {
  const auto side = [&](double wanted, std::int64_t most) {
    return std::clamp<std::int64_t>(std::llround(wanted), 0, most);
  };
  const auto rows = side(height, picture[0]), columns = side(width, picture[1]);
  const auto place = [&](std::int64_t room) {
    return static_cast<float>(random.below(static_cast<std::uint64_t>(room) + 1));
  };
  const float top = place(picture[0] - rows), left = place(picture[1] - columns);
  return {top, left, top + static_cast<float>(rows), left + static_cast<float>(columns)};
}

std::int32_t other_sample(PhiloxStream& random, std::int64_t count) {
  return static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(count)));
}

constexpr double kAlphaLow = 0.05, kAlphaHigh = 100;

}  // namespace

void SampleChange::then(const std::array<float, 6>& next) {
  const std::array<float, 6> m = map;
  for (std::size_t row : {std::size_t{0}, std::size_t{3}}) {
    map[row] = m[row] * next[0] + m[row + 1] * next[3];
    map[row + 1] = m[row] * next[1] + m[row + 1] * next[4];
    map[row + 2] = m[row] * next[2] + m[row + 1] * next[5] + m[row + 2];
  }
}

void Shift::draw(SampleChange& change, const SampleOf&, PhiloxStream& random) const {
  const auto whole = [&](int most) {
    return static_cast<float>(random.below(2 * static_cast<std::uint64_t>(most) + 1)) -
           static_cast<float>(most);
  };
  const float down = whole(rows), right = whole(columns);
  change.then({1, 0, down, 0, 1, right});
}

std::string Shift::text() const { return fmt::format("shift {} {}", rows, columns); }

void Shift::check(const Shape& sample) const {
  needs_image("shift", sample);
  check_range("shift", "rows", rows, 0, static_cast<double>(sample[0]));
  check_range("shift", "columns", columns, 0, static_cast<double>(sample[1]));
}

void Flip::draw(SampleChange& change, const SampleOf&, PhiloxStream& random) const {
  if (random.uniform() >= p) return;
  if (upside_down)
    change.then({-1, 0, 0, 0, 1, 0});
  else
    change.then({1, 0, 0, 0, -1, 0});
}

std::string Flip::text() const {
  return fmt::format("flip {}{}", p, upside_down ? " upside_down" : "");
}

void Flip::check(const Shape& sample) const {
  needs_image("flip", sample);
  check_range("flip", "p", p, 0, 1);
}

void Rotate::draw(SampleChange& change, const SampleOf&, PhiloxStream& random) const {
  const double angle = between(random, -degrees, degrees) * std::numbers::pi / 180;
  const auto c = static_cast<float>(std::cos(angle)), s = static_cast<float>(std::sin(angle));
  change.then({c, -s, 0, s, c, 0});
}

std::string Rotate::text() const { return fmt::format("rotate {}", degrees); }

void Rotate::check(const Shape& sample) const {
  needs_image("rotate", sample);
  check_range("rotate", "degrees", degrees, 0, 180);
}

void Crop::draw(SampleChange& change, const SampleOf& of, PhiloxStream& random) const {
  const double share = between(random, smallest, 1);
  const auto place = [&](std::int64_t extent) {
    const double room = (1 - share) * static_cast<double>(extent);
    return static_cast<float>(between(random, -room / 2, room / 2));
  };
  const float down = place(of.shape[0]), right = place(of.shape[1]);
  const auto scale = static_cast<float>(share);
  change.then({scale, 0, down, 0, scale, right});
}

std::string Crop::text() const { return fmt::format("crop {}", smallest); }

void Crop::check(const Shape& sample) const {
  needs_image("crop", sample);
  check_range("crop", "smallest", smallest, 0.01, 1);
}

void Brightness::draw(SampleChange& change, const SampleOf&, PhiloxStream& random) const {
  change.summand += static_cast<float>(between(random, -most, most));
}

std::string Brightness::text() const { return fmt::format("brightness {}", most); }

void Brightness::check(const Shape&) const { check_range("brightness", "most", most, 0, 1e6); }

void Contrast::draw(SampleChange& change, const SampleOf&, PhiloxStream& random) const {
  const auto factor = static_cast<float>(between(random, 1 - most, 1 + most));
  const auto middle = static_cast<float>(about);
  change.gain *= factor;
  change.summand = (change.summand - middle) * factor + middle;
}

std::string Contrast::text() const { return fmt::format("contrast {} {}", most, about); }

void Contrast::check(const Shape&) const {
  check_range("contrast", "most", most, 0, 1);
  check_range("contrast", "about", about, -1e6, 1e6);
}

void Erase::draw(SampleChange& change, const SampleOf& of, PhiloxStream& random) const {
  if (random.uniform() >= p) return;
  const double pixels = static_cast<double>(of.shape[0] * of.shape[1]);
  const double area = between(random, smallest, largest) * pixels;
  const double aspect = std::exp(between(random, -std::log(ratio), std::log(ratio)));
  change.erased = box_at(random, of.shape, std::sqrt(area * aspect), std::sqrt(area / aspect));
  change.erased_value = static_cast<float>(value);
}

std::string Erase::text() const {
  return fmt::format("erase {} {} {} {} {}", p, smallest, largest, ratio, value);
}

void Erase::check(const Shape& sample) const {
  needs_image("erase", sample);
  check_range("erase", "p", p, 0, 1);
  check_range("erase", "smallest", smallest, 0, 1);
  check_range("erase", "largest", largest, smallest, 1);
  check_range("erase", "ratio", ratio, 1, 1000);
  check_range("erase", "value", value, -1e6, 1e6);
}

void Mixup::draw(SampleChange& change, const SampleOf& of, PhiloxStream& random) const {
  if (random.uniform() >= p) return;
  const std::int32_t partner = other_sample(random, of.count);
  const double share = beta(random, alpha);
  if (change.partner >= 0) return;
  change.partner = partner;
  change.share = static_cast<float>(share);
}

std::string Mixup::text() const { return fmt::format("mixup {} {}", alpha, p); }

void Mixup::check(const Shape&) const {
  check_range("mixup", "alpha", alpha, kAlphaLow, kAlphaHigh);
  check_range("mixup", "p", p, 0, 1);
}

void CutMix::draw(SampleChange& change, const SampleOf& of, PhiloxStream& random) const {
  if (random.uniform() >= p) return;
  const std::int32_t partner = other_sample(random, of.count);
  const double side = std::sqrt(1 - beta(random, alpha));
  const Box box = box_at(random, of.shape, side * static_cast<double>(of.shape[0]),
                         side * static_cast<double>(of.shape[1]));
  if (change.partner >= 0) return;
  change.partner = partner;
  change.pasted = box;
  const float area = (box.bottom - box.top) * (box.right - box.left);
  change.share = 1 - area / static_cast<float>(of.shape[0] * of.shape[1]);
}

std::string CutMix::text() const { return fmt::format("cutmix {} {}", alpha, p); }

void CutMix::check(const Shape& sample) const {
  needs_image("cutmix", sample);
  check_range("cutmix", "alpha", alpha, kAlphaLow, kAlphaHigh);
  check_range("cutmix", "p", p, 0, 1);
}

}  // namespace hone::nn::train
