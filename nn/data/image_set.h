// A labelled set of images as bytes on the host: what the readers give and the batcher uploads.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace hone::nn::data {

// `count` images of bytes and one label each. A plain value; functions that make one keep the sizes
// and the vectors in step, and validate() checks a set that was filled by hand.
struct ImageSet {
  std::int64_t count = 0, height = 0, width = 0, channels = 0;
  std::vector<std::uint8_t> pixels;           // [count, height, width, channels]
  std::vector<std::int32_t> labels;           // [count]
  std::vector<std::string> class_names = {};  // in the order of the labels; empty: not known

  std::int64_t image_bytes() const { return height * width * channels; }

  // The bytes [height, width, channels] of one image; a view into this set. Throws Error(usage)
  // when there is no such image.
  std::span<const std::uint8_t> image(std::int64_t index) const;

  // A copy of images first .. last-1. Throws Error(usage) unless 0 <= first <= last <= count.
  ImageSet take(std::int64_t first, std::int64_t last) const;

  // A copy of the images with these indices, in this order; an index may occur more than once.
  // Throws Error(usage) for an index outside [0, count).
  ImageSet select(std::span<const std::int32_t> indices) const;

  // How many images carry each label 0 .. classes-1. Throws Error(usage) for a label outside that
  // range, and for no classes.
  std::vector<std::int64_t> class_counts(std::int32_t classes) const;

  // Throws Error(usage) unless every size is positive (count may be 0) and the vectors have the
  // sizes that count, height, width and channels say.
  void validate() const;
};

// Mean and population standard deviation over all bytes of the set divided by 255; exact integer
// sums, so the result does not depend on the order. An empty set is an Error(usage).
struct PixelStatistics {
  double mean = 0, deviation = 0;
};
PixelStatistics pixel_statistics(const ImageSet& set);

}  // namespace hone::nn::data
