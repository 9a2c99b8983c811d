// Sub-sets, counts and pixel statistics of an ImageSet.
#include "nn/data/image_set.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"

namespace hone::nn::data {
namespace {

ImageSet empty_like(const ImageSet& set, std::int64_t count) {
  ImageSet out;
  out.count = count;
  out.height = set.height;
  out.width = set.width;
  out.channels = set.channels;
  out.class_names = set.class_names;
  return out;
}

}  // namespace

std::span<const std::uint8_t> ImageSet::image(std::int64_t index) const {
  validate();
  check(index >= 0 && index < count, "image set: no image {}, the set has {}", index, count);
  const auto bytes = static_cast<std::size_t>(image_bytes());
  return {pixels.data() + static_cast<std::size_t>(index) * bytes, bytes};
}

ImageSet ImageSet::take(std::int64_t first, std::int64_t last) const {
  validate();
  check(0 <= first && first <= last && last <= count,
        "image set: cannot take images {} to {}, the set has {}", first, last, count);
  ImageSet out = empty_like(*this, last - first);
  out.pixels.assign(pixels.begin() + first * image_bytes(), pixels.begin() + last * image_bytes());
  out.labels.assign(labels.begin() + first, labels.begin() + last);
  return out;
}

ImageSet ImageSet::select(std::span<const std::int32_t> indices) const {
  ImageSet out = empty_like(*this, static_cast<std::int64_t>(indices.size()));
  out.pixels.reserve(indices.size() * static_cast<std::size_t>(image_bytes()));
  out.labels.reserve(indices.size());
  for (const std::int32_t index : indices) {
    const auto bytes = image(index);
    out.pixels.insert(out.pixels.end(), bytes.begin(), bytes.end());
    out.labels.push_back(labels[static_cast<std::size_t>(index)]);
  }
  return out;
}

std::vector<std::int64_t> ImageSet::class_counts(std::int32_t classes) const {
  check(classes > 0, "image set: the number of classes must be positive, it is {}", classes);
  std::vector<std::int64_t> counts(static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    check(labels[i] >= 0 && labels[i] < classes, "image set: label {} of image {} is outside 0..{}",
          labels[i], i, classes - 1);
    ++counts[static_cast<std::size_t>(labels[i])];
  }
  return counts;
}

void ImageSet::validate() const {
  check(count >= 0 && height > 0 && width > 0 && channels > 0,
        "image set: sizes must be positive, they are [{}, {}, {}, {}]", count, height, width,
        channels);
  std::int64_t bytes = count;
  for (const std::int64_t size : {height, width, channels})
    check(!__builtin_mul_overflow(bytes, size, &bytes),
          "image set: sizes [{}, {}, {}, {}] are too large", count, height, width, channels);
  check(pixels.size() == static_cast<std::size_t>(bytes),
        "image set: [{}, {}, {}, {}] needs {} bytes of pixels, there are {}", count, height, width,
        channels, bytes, pixels.size());
  check(labels.size() == static_cast<std::size_t>(count), "image set: {} images but {} labels",
        count, labels.size());
}

PixelStatistics pixel_statistics(const ImageSet& set) {
  check(!set.pixels.empty(), "image set: an empty set has no pixel statistics");
  std::array<std::uint64_t, 256> histogram{};
  for (const std::uint8_t pixel : set.pixels) ++histogram[pixel];
  std::uint64_t sum = 0, squares = 0;
  for (std::uint64_t value = 0; value < 256; ++value) {
    sum += value * histogram[value];
    squares += value * value * histogram[value];
  }
  const auto n = static_cast<double>(set.pixels.size());
  const double mean = static_cast<double>(sum) / n;
  const double variance = static_cast<double>(squares) / n - mean * mean;
  return {mean / 255, std::sqrt(std::max(variance, 0.0)) / 255};
}

}  // namespace hone::nn::data
