// The one door to libpng, which reads pictures; private to nn/data.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace hone::nn::data::libpng {

struct Picture {
  std::int64_t height = 0, width = 0;
  // 1 grey or index into the palette, 2 grey and alpha, 3 red, green, blue, 4 the same and alpha
  std::int64_t channels = 0;
  std::vector<std::uint8_t> pixels;                  // [height, width, channels]
  std::vector<std::array<std::uint8_t, 4>> palette;  // red, green, blue, alpha; empty without one
};

// Decodes a PNG whose chunks have been checked: 16 bits are cut to 8, fewer than 8 are spread.
// `fits` is called with the height and width that the file announces before any memory for pixels
// is taken; what it throws passes through. Chunks that do not change the pixels are skipped. False,
// with the reason, where libpng finds anything wrong; that there are too few or too many data, too.
bool decode(std::span<const std::uint8_t> bytes,
            const std::function<void(std::int64_t height, std::int64_t width)>& fits,
            Picture* picture, std::string* reason);

}  // namespace hone::nn::data::libpng
