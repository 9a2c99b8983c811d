// Standardization: numbers with mean 0 and deviation 1, by what the training part of the data says.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/shape.h"

namespace hone::nn::data {

struct ImageSet;

// (raw - mean) * scale. One mean and one scale for each number of a flat sample, or one for each
// channel, the last axis of a sample. Both empty: numbers are taken as they are.
struct Standardization {
  std::vector<float> mean, scale;

  bool empty() const { return mean.empty() && scale.empty(); }
  // Raw samples, one after the other, as the model takes them. Throws Error(usage) unless they are
  // whole samples.
  std::vector<float> apply(std::span<const float> raw) const;
  // And back: value / scale + mean. A scale of 0 gives the mean.
  std::vector<float> undo(std::span<const float> values) const;
  // What is wrong with it for samples of this shape; empty when nothing is.
  std::string complaint(const Shape& sample) const;
  bool operator==(const Standardization&) const = default;
};

// Mean and 1 / population standard deviation of each of `features` numbers, over rows one after the
// other, in double; the scale is 1 where nothing varies, or so little that the inverse is no f32.
// Fit it on the training part alone. Throws Error(usage) for no or part of a row, NaN and infinity.
Standardization standardize(std::span<const float> rows, std::int64_t features);

// The same for each channel of images whose bytes become x = byte / 255. Exact integer sums.
Standardization standardize(const ImageSet& images);

}  // namespace hone::nn::data
