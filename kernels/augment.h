// The arithmetic of affine_resample and box_blend for one element, which all backends share.
#pragma once

#include <cstdint>

#include "base/philox.h"
#include "kernels/verbs/augment.h"

namespace hone::kernels {

// Pixel (row, column, channel) of an image [height, width, channels], `fill` outside of it.
template <class T>
HONE_HD inline T pixel_or(const T* image, std::int64_t height, std::int64_t width,
                          std::int64_t channels, std::int64_t row, std::int64_t column,
                          std::int64_t channel, T fill) {
  const bool inside = row >= 0 && row < height && column >= 0 && column < width;
  return inside ? image[(row * width + column) * channels + channel] : fill;
}

// Where a pixel lies in its source: the corner above and left of it, and how far beyond.
struct SourcePixel {
  std::int64_t row = 0, column = 0;
  float down = 0, right = 0;  // 0 .. 1
};

// m: one row of maps. Places far outside are cut, so that they fit any integer; all is `fill`
// there.
HONE_HD inline SourcePixel source_pixel(const float* m, std::int64_t height, std::int64_t width,
                                        std::int64_t row, std::int64_t column) {
  const float middle_row = 0.5f * static_cast<float>(height - 1);
  const float middle_column = 0.5f * static_cast<float>(width - 1);
  const float r = static_cast<float>(row) - middle_row;
  const float c = static_cast<float>(column) - middle_column;
  const float y = m[0] * r + m[1] * c + m[2] + middle_row;
  const float x = m[3] * r + m[4] * c + m[5] + middle_column;
  const float far = 1 << 24;
  const float cut_y = y > -far ? (y < far ? y : far) : -far;  // a NaN is cut, too
  const float cut_x = x > -far ? (x < far ? x : far) : -far;
  SourcePixel source;
  source.row = static_cast<std::int64_t>(cut_y);
  source.column = static_cast<std::int64_t>(cut_x);
  if (static_cast<float>(source.row) > cut_y) --source.row;  // towards minus infinity
  if (static_cast<float>(source.column) > cut_x) --source.column;
  source.down = cut_y - static_cast<float>(source.row);
  source.right = cut_x - static_cast<float>(source.column);
  return source;
}

template <class T>
HONE_HD inline T bilinear(const T* image, std::int64_t height, std::int64_t width,
                          std::int64_t channels, const SourcePixel& at, std::int64_t channel,
                          T fill) {
  const T down = static_cast<T>(at.down), right = static_cast<T>(at.right);
  const auto pixel = [&](std::int64_t below, std::int64_t beside) {
    return pixel_or(image, height, width, channels, at.row + below, at.column + beside, channel,
                    fill);
  };
  const T upper = pixel(0, 0) * (T(1) - right) + pixel(0, 1) * right;
  const T lower = pixel(1, 0) * (T(1) - right) + pixel(1, 1) * right;
  return upper * (T(1) - down) + lower * down;
}

// row: one row of box_blend's rows.
HONE_HD inline bool in_box(const float* row, std::int64_t y, std::int64_t x) {
  const float r = static_cast<float>(y), c = static_cast<float>(x);
  return r >= row[kBoxTop] && r < row[kBoxBottom] && c >= row[kBoxLeft] && c < row[kBoxRight];
}

template <class T>
HONE_HD inline T blended(const float* row, bool inside, T a, T b) {
  const int first = inside ? kBoxInside : kBoxOutside;
  return static_cast<T>(row[first]) * a + static_cast<T>(row[first + 1]) * b +
         static_cast<T>(row[first + 2]);
}

}  // namespace hone::kernels
