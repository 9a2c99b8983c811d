// Grey pictures and the small image operations.
#include "nn/data/png.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "nn/data/picture.h"
#include "nn/data/png_pixels.h"
#include "nn/data/stb.h"

namespace hone::nn::data {
namespace {

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

Image grey_image(const PngPixels& png) {
  Image image{png.height, png.width, {}};
  image.pixels.resize(static_cast<std::size_t>(png.height * png.width));
  const std::uint8_t* p = png.pixels.data();
  for (std::uint8_t& out : image.pixels) {
    out = png.channels <= 2 ? on_white(p[0], png.channels == 2 ? p[1] : 255)
                            : on_white(grey_of(p), png.channels == 4 ? p[3] : 255);
    p += png.channels;
  }
  return image;
}

}  // namespace

Image decode_png(std::span<const std::uint8_t> bytes, const std::string& name) {
  return grey_image(decode_png_pixels(bytes, name, {kPngFileLimit, kPngSideLimit, kPngAreaLimit}));
}

Image read_png(const std::string& path) {
  return decode_png(read_file(path, kPngFileLimit), printable(path));
}

Image resize_grey(const Image& image, std::int64_t height, std::int64_t width) {
  check_image(image);
  check(height >= 1 && height <= kPngSideLimit && width >= 1 && width <= kPngSideLimit,
        "resize_grey: sides must be 1 to {}, they are {} x {}", kPngSideLimit, height, width);
  Picture resized = resize({image.height, image.width, 1, image.pixels}, height, width);
  return {height, width, std::move(resized.pixels)};
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
