// Checks a PNG before libpng sees it, and resolves its palette.
#include "nn/data/png_pixels.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.h"
#include "nn/data/libpng.h"

namespace hone::nn::data {
namespace {

constexpr std::array<std::uint8_t, 8> kSignature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

std::uint32_t big_endian(std::span<const std::uint8_t> bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 |
         std::uint32_t{bytes[at + 2]} << 8 | bytes[at + 3];
}

// The file is the signature and whole chunks (length, type, data, CRC) up to IEND, and nothing
// behind it; libpng checks less, and says nothing of where the damage is.
void check_chunks(std::span<const std::uint8_t> bytes, const std::string& name) {
  if (!is_png(bytes)) fail(ErrorKind::data, "{}: is not a PNG file", name);
  std::size_t at = kSignature.size();
  for (;;) {
    const std::size_t left = bytes.size() - at;
    if (left < 12)
      fail(ErrorKind::data, "{}: is truncated, a chunk is missing at byte {}", name, at);
    const std::size_t length = big_endian(bytes, at);
    if (length > left - 12)
      fail(ErrorKind::data, "{}: the chunk at byte {} has {} bytes, the file ends before", name, at,
           length);
    const auto crc = crc32_z(0, bytes.data() + at + 4, length + 4);
    if (crc != big_endian(bytes, at + 8 + length))
      fail(ErrorKind::data, "{}: the chunk at byte {} is corrupt (wrong CRC)", name, at);
    const bool last = std::memcmp(bytes.data() + at + 4, "IEND", 4) == 0;
    at += 12 + length;
    if (last) break;
  }
  if (at != bytes.size())
    fail(ErrorKind::data, "{}: {} bytes follow the end of the picture", name, bytes.size() - at);
}

// Every index as the four values of its colour.
std::vector<std::uint8_t> resolved(const libpng::Picture& picture, const std::string& name) {
  std::vector<std::uint8_t> pixels;
  pixels.reserve(4 * picture.pixels.size());
  for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
    const std::uint8_t index = picture.pixels[i];
    if (index >= picture.palette.size())
      fail(ErrorKind::data, "{}: pixel {} of row {} has colour {}, the palette ends at {}", name,
           i % static_cast<std::size_t>(picture.width), i / static_cast<std::size_t>(picture.width),
           index, picture.palette.size() - 1);
    pixels.insert(pixels.end(), picture.palette[index].begin(), picture.palette[index].end());
  }
  return pixels;
}

}  // namespace

bool is_png(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= kSignature.size() &&
         std::equal(kSignature.begin(), kSignature.end(), bytes.begin());
}

PngPixels decode_png_pixels(std::span<const std::uint8_t> bytes, const std::string& name,
                            const PngLimits& limits) {
  if (bytes.size() > limits.bytes)
    fail(ErrorKind::data, "{}: has {} bytes, the limit for a PNG is {}", name, bytes.size(),
         limits.bytes);
  check_chunks(bytes, name);
  libpng::Picture picture;
  std::string reason;
  const auto fits = [&](std::int64_t height, std::int64_t width) {
    if (height > limits.side || width > limits.side || height * width > limits.area)
      fail(ErrorKind::data,
           "{}: is {} x {} pixels; the limits are {} a side and {} in all: make it smaller", name,
           width, height, limits.side, limits.area);
  };
  if (!libpng::decode(bytes, fits, &picture, &reason))
    fail(ErrorKind::data, "{}: cannot be read as PNG ({})", name, printable(reason));
  if (!picture.palette.empty()) return {picture.height, picture.width, 4, resolved(picture, name)};
  return {picture.height, picture.width, static_cast<int>(picture.channels),
          std::move(picture.pixels)};
}

}  // namespace hone::nn::data
