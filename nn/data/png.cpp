// Checks a PNG before libpng sees it, makes it grey, and the small image operations.
#include "nn/data/png.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "nn/data/libpng.h"
#include "nn/data/stb.h"

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
  if (bytes.size() < kSignature.size() ||
      !std::equal(kSignature.begin(), kSignature.end(), bytes.begin()))
    fail(ErrorKind::data, "{}: is not a PNG file", name);
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

void check_image(const Image& image) {
  check(image.height >= 1 && image.height <= kPngSideLimit && image.width >= 1 &&
            image.width <= kPngSideLimit,
        "image: sides must be 1 to {}, they are {} x {}", kPngSideLimit, image.height, image.width);
  check(image.pixels.size() == static_cast<std::size_t>(image.height * image.width),
        "image: {} x {} needs {} pixels, there are {}", image.height, image.width,
        image.height * image.width, image.pixels.size());
}

std::uint8_t at(const Image& image, std::int64_t y, std::int64_t x) {
  return image.pixels[static_cast<std::size_t>(y * image.width + x)];
}

double border_mean(const Image& image) {
  std::int64_t sum = 0, count = 0;
  for (std::int64_t y = 0; y < image.height; ++y)
    for (std::int64_t x = 0; x < image.width; ++x)
      if (y == 0 || x == 0 || y == image.height - 1 || x == image.width - 1) {
        sum += at(image, y, x);
        ++count;
      }
  return static_cast<double>(sum) / static_cast<double>(count);
}

// Maps `level` and everything below to 0, and 255 to 255.
void subtract_background(Image& image, double level) {
  for (std::uint8_t& pixel : image.pixels) {
    const double value = (pixel - level) * 255 / (255 - level);
    pixel = static_cast<std::uint8_t>(std::clamp(value + 0.5, 0.0, 255.0));
  }
}

// The part of the picture between the first and last rows and columns with a visible pixel.
Image trim(const Image& image) {
  constexpr std::uint8_t kVisible = 32;
  std::int64_t top = image.height, bottom = -1, left = image.width, right = -1;
  for (std::int64_t y = 0; y < image.height; ++y)
    for (std::int64_t x = 0; x < image.width; ++x)
      if (at(image, y, x) >= kVisible) {
        top = std::min(top, y);
        bottom = std::max(bottom, y);
        left = std::min(left, x);
        right = std::max(right, x);
      }
  if (bottom < 0) return image;
  Image out{bottom - top + 1, right - left + 1, {}};
  for (std::int64_t y = top; y <= bottom; ++y)
    for (std::int64_t x = left; x <= right; ++x) out.pixels.push_back(at(image, y, x));
  return out;
}

// A grey value laid on white.
std::uint8_t on_white(int grey, int alpha) {
  return static_cast<std::uint8_t>((grey * alpha + 255 * (255 - alpha) + 127) / 255);
}

std::uint8_t grey_of(int red, int green, int blue, int alpha) {
  return on_white((77 * red + 150 * green + 29 * blue) / 256, alpha);
}

Image grey_image(const libpng::Picture& picture, const std::string& name) {
  Image image{picture.height, picture.width, {}};
  const std::size_t count = picture.pixels.size() / static_cast<std::size_t>(picture.channels);
  image.pixels.resize(count);
  const std::uint8_t* p = picture.pixels.data();
  for (std::size_t i = 0; i < count; ++i, p += picture.channels) {
    std::uint8_t& out = image.pixels[i];
    if (!picture.palette.empty()) {
      if (*p >= picture.palette.size())
        fail(ErrorKind::data, "{}: pixel {} of row {} has colour {}, the palette ends at {}", name,
             i % static_cast<std::size_t>(picture.width),
             i / static_cast<std::size_t>(picture.width), *p, picture.palette.size() - 1);
      const auto& [red, green, blue, alpha] = picture.palette[*p];
      out = grey_of(red, green, blue, alpha);
    } else if (picture.channels <= 2) {
      out = on_white(p[0], picture.channels == 2 ? p[1] : 255);
    } else {
      out = grey_of(p[0], p[1], p[2], picture.channels == 4 ? p[3] : 255);
    }
  }
  return image;
}

}  // namespace

Image decode_png(std::span<const std::uint8_t> bytes, const std::string& name) {
  if (bytes.size() > kPngFileLimit)
    fail(ErrorKind::data, "{}: has {} bytes, the limit for a PNG is {}", name, bytes.size(),
         kPngFileLimit);
  check_chunks(bytes, name);
  libpng::Picture picture;
  std::string reason;
  const auto fits = [&](std::int64_t height, std::int64_t width) {
    if (height > kPngSideLimit || width > kPngSideLimit || height * width > kPngAreaLimit)
      fail(ErrorKind::data,
           "{}: is {} x {} pixels; the limits are {} a side and {} in all: make it smaller", name,
           width, height, kPngSideLimit, kPngAreaLimit);
  };
  if (!libpng::decode(bytes, fits, &picture, &reason))
    fail(ErrorKind::data, "{}: cannot be read as PNG ({})", name, printable(reason));
  return grey_image(picture, name);
}

Image read_png(const std::filesystem::path& path) {
  return decode_png(read_file(path, kPngFileLimit), printable(path.string()));
}

Image resize_grey(const Image& image, std::int64_t height, std::int64_t width) {
  check_image(image);
  check(height >= 1 && height <= kPngSideLimit && width >= 1 && width <= kPngSideLimit,
        "resize_grey: sides must be 1 to {}, they are {} x {}", kPngSideLimit, height, width);
  // On a grid where an old pixel is height x width small squares and a new one image.height x
  // image.width, every overlap is a whole number; sums stay below 2^33.
  const std::int64_t old_h = image.height, old_w = image.width, area = old_h * old_w;
  Image out{height, width, std::vector<std::uint8_t>(static_cast<std::size_t>(height * width))};
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x) {
      const std::int64_t top = y * old_h, bottom = top + old_h, left = x * old_w,
                         right = left + old_w;
      std::int64_t sum = 0;
      for (std::int64_t i = top / height; i * height < bottom; ++i) {
        const std::int64_t rows = std::min(bottom, (i + 1) * height) - std::max(top, i * height);
        std::int64_t line = 0;
        for (std::int64_t j = left / width; j * width < right; ++j)
          line += at(image, i, j) * (std::min(right, (j + 1) * width) - std::max(left, j * width));
        sum += rows * line;
      }
      out.pixels[static_cast<std::size_t>(y * width + x)] =
          static_cast<std::uint8_t>((2 * sum + area) / (2 * area));
    }
  return out;
}

Image to_fashion_mnist(const Image& image) {
  constexpr std::int64_t kSide = 28;
  check_image(image);
  Image work = image;
  if (border_mean(work) > 127)
    for (std::uint8_t& pixel : work.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
  if (work.height == kSide && work.width == kSide) return work;
  subtract_background(work, border_mean(work));
  work = trim(work);
  const std::int64_t longer = std::max(work.height, work.width);
  const auto scaled = [&](std::int64_t side) {
    return std::max<std::int64_t>(1, (2 * side * kSide + longer) / (2 * longer));
  };
  const Image small = resize_grey(work, scaled(work.height), scaled(work.width));
  Image out{kSide, kSide, std::vector<std::uint8_t>(kSide * kSide)};
  const std::int64_t top = (kSide - small.height) / 2, left = (kSide - small.width) / 2;
  for (std::int64_t y = 0; y < small.height; ++y)
    for (std::int64_t x = 0; x < small.width; ++x)
      out.pixels[static_cast<std::size_t>((top + y) * kSide + left + x)] = at(small, y, x);
  return out;
}

std::vector<std::uint8_t> encode_png_grey(std::span<const std::uint8_t> pixels, std::int64_t height,
                                          std::int64_t width) {
  constexpr std::int64_t kLargest = 16384;
  check(height >= 1 && height <= kLargest && width >= 1 && width <= kLargest,
        "encode_png_grey: sides must be 1 to {}, they are {} x {}", kLargest, height, width);
  check(pixels.size() == static_cast<std::size_t>(height * width),
        "encode_png_grey: {} x {} needs {} pixels, there are {}", height, width, height * width,
        pixels.size());
  std::vector<std::uint8_t> out =
      stb::encode_grey(pixels.data(), static_cast<int>(height), static_cast<int>(width));
  if (out.empty())
    fail(ErrorKind::internal, "encode_png_grey: {} x {} pixels could not be packed", height, width);
  return out;
}

}  // namespace hone::nn::data
