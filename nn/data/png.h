// Grey images from PNG files that nobody vouches for, resizing, and writing PNG.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace hone::nn::data {

// One grey picture; 0 is black.
struct Image {
  std::int64_t height = 0, width = 0;
  std::vector<std::uint8_t> pixels;  // [height, width]
};

// Limits on what is read: they bound memory and time for a hostile file.
inline constexpr std::uint64_t kPngFileLimit = 16u << 20;  // bytes
inline constexpr std::int64_t kPngSideLimit = 4096;        // pixels
inline constexpr std::int64_t kPngAreaLimit = 4 << 20;     // pixels, 4 bytes each while it is read

// Reads any kind of PNG as grey bytes: colours by (77 R + 150 G + 29 B) / 256, 16 bits cut to 8,
// transparent parts laid on white. The checksum of every chunk is verified. Throws Error(data) that
// names the file for anything else than one complete, undamaged PNG within the limits: a pixel
// whose colour its palette does not have and data behind the last pixel are damage, too. Any
// thread.
Image read_png(const std::string& path);
Image decode_png(std::span<const std::uint8_t> bytes, const std::string& name);

// Area average: each new pixel is the mean of the part of the old picture that it covers, computed
// in integers and rounded half up. Enlarging repeats pixels. Throws Error(usage) unless all sides
// are 1 .. kPngSideLimit and the pixels fit them.
Image resize_grey(const Image& image, std::int64_t height, std::int64_t width);

// Makes a photograph of one garment look like Fashion-MNIST: 28x28, bright on black, filling the
// frame. A heuristic for plain backgrounds: it does not find a garment in a busy scene.
//
// 1. Where the mean of the border's pixels is above 127 the background is light, and the picture is
//    inverted. (No official image has such a border.) A 28x28 picture is then done.
// 2. The level of the background, the mean of the border, is mapped to 0; 255 stays 255.
// 3. Empty margins are cut off: rows and columns without a pixel of at least 32.
// 4. The longer side becomes 28 by area average; the shorter keeps the proportion and is centred on
//    black.
// Throws Error(usage) unless the sides are 1 .. kPngSideLimit and fit the pixels.
Image to_fashion_mnist(const Image& image);

// A grey PNG file of pixels [height, width]. Throws Error(usage) unless the sizes are 1 .. 16384
// and fit the pixels.
std::vector<std::uint8_t> encode_png_grey(std::span<const std::uint8_t> pixels, std::int64_t height,
                                          std::int64_t width);

}  // namespace hone::nn::data
