// Fitting and applying a standardisation.
#include "nn/data/standardization.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "nn/data/image_set.h"

namespace hone::nn::data {
namespace {

// 1 / deviation; what does not vary stays as far from its mean as it was.
float scale_of(double variance) {
  const auto scale = static_cast<float>(1 / std::sqrt(variance));
  return variance > 0 && std::isfinite(scale) ? scale : 1.0f;
}

void check_whole(const Standardization& by, std::size_t count) {
  check(by.mean.size() == by.scale.size() && count % by.mean.size() == 0,
        "standardization: {} numbers are not whole samples of {}", count, by.mean.size());
}

}  // namespace

std::vector<float> Standardization::apply(std::span<const float> raw) const {
  std::vector<float> values(raw.begin(), raw.end());
  if (empty()) return values;
  check_whole(*this, raw.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = (values[i] - mean[i % mean.size()]) * scale[i % mean.size()];
  return values;
}

std::vector<float> Standardization::undo(std::span<const float> values) const {
  std::vector<float> raw(values.begin(), values.end());
  if (empty()) return raw;
  check_whole(*this, raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const float factor = scale[i % scale.size()];
    raw[i] = (factor == 0 ? 0 : raw[i] / factor) + mean[i % mean.size()];
  }
  return raw;
}

std::string Standardization::complaint(const Shape& sample) const {
  if (empty()) return "";
  const auto count = static_cast<std::size_t>(sample.count());
  const auto channels = static_cast<std::size_t>(sample.rank() > 0 ? sample[-1] : 1);
  if (mean.size() != scale.size() || (mean.size() != count && mean.size() != channels))
    return fmt::format("has {} means and {} scales, a sample {} has {} numbers{}", mean.size(),
                       scale.size(), sample.str(), count,
                       channels == count ? "" : fmt::format(" and {} channels", channels));
  for (std::size_t i = 0; i < mean.size(); ++i)
    if (!std::isfinite(mean[i]) || !std::isfinite(scale[i]))
      return fmt::format("of feature {} is not finite", i);
  return "";
}

Standardization standardize(std::span<const float> rows, std::int64_t features) {
  check(features > 0 && !rows.empty() && rows.size() % static_cast<std::size_t>(features) == 0,
        "standardize: {} numbers are not whole rows of {} features", rows.size(), features);
  const auto width = static_cast<std::size_t>(features);
  const std::size_t count = rows.size() / width;
  std::vector<double> sums(width), squares(width);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    check(std::isfinite(rows[i]), "standardize: feature {} of row {} is {}", i % width, i / width,
          rows[i]);
    sums[i % width] += static_cast<double>(rows[i]);
  }
  for (double& sum : sums) sum /= static_cast<double>(count);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double distance = static_cast<double>(rows[i]) - sums[i % width];
    squares[i % width] += distance * distance;
  }
  Standardization result;
  for (std::size_t f = 0; f < width; ++f) {
    result.mean.push_back(static_cast<float>(sums[f]));
    result.scale.push_back(scale_of(squares[f] / static_cast<double>(count)));
  }
  return result;
}

Standardization standardize(const ImageSet& images) {
  images.validate();
  check(images.count > 0, "standardize: the image set is empty");
  const auto channels = static_cast<std::size_t>(images.channels);
  std::vector<std::uint64_t> sums(channels), squares(channels);
  for (std::size_t i = 0; i < images.pixels.size(); ++i) {
    const std::uint64_t pixel = images.pixels[i];
    sums[i % channels] += pixel;
    squares[i % channels] += pixel * pixel;
  }
  const std::size_t pixels = images.pixels.size() / channels;
  const auto count = static_cast<double>(pixels);
  Standardization result;
  for (std::size_t c = 0; c < channels; ++c) {
    const double mean = static_cast<double>(sums[c]) / count;
    const double variance = static_cast<double>(squares[c]) / count - mean * mean;
    result.mean.push_back(static_cast<float>(mean / 255));
    result.scale.push_back(scale_of(std::max(variance, 0.0) / (255.0 * 255.0)));
  }
  return result;
}

}  // namespace hone::nn::data
