// The pixels of a PNG as it has them, checked; what nn/data/png.h and nn/data/picture.h make of
// them is theirs. Private to nn/data.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace hone::nn::data {

struct PngLimits {
  std::uint64_t bytes = 0;          // of the file
  std::int64_t side = 0, area = 0;  // pixels
};

struct PngPixels {
  std::int64_t height = 0, width = 0;
  int channels = 0;  // 1 grey, 2 grey and alpha, 3 red, green, blue, 4 the same and alpha
  std::vector<std::uint8_t> pixels;  // [height, width, channels]
};

bool is_png(std::span<const std::uint8_t> bytes);

// Throws Error(data) that begins with `name` for anything else than one complete, undamaged PNG
// within the limits.
PngPixels decode_png_pixels(std::span<const std::uint8_t> bytes, const std::string& name,
                            const PngLimits& limits);

// A value laid on white.
inline std::uint8_t on_white(int value, int alpha) {
  return static_cast<std::uint8_t>((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

// Red, green, blue as one grey.
inline int grey_of(const std::uint8_t* rgb) {
  return (77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2]) / 256;
}

}  // namespace hone::nn::data
