// PNG files. Checksums are made right first, so that damage behind them is reached.
#include "nn/data/png.h"

#include <zlib.h>

#include <cstring>
#include <vector>

#include "fuzz/target.h"

namespace {

std::uint32_t big_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | bytes[3];
}

void mend_checksums(std::vector<std::uint8_t>& file) {
  for (std::size_t at = 8; file.size() - at >= 12;) {
    const std::size_t length = big_endian(&file[at]);
    if (length > file.size() - at - 12) return;
    const auto crc = static_cast<std::uint32_t>(crc32_z(0, &file[at + 4], length + 4));
    for (std::size_t i = 0; i < 4; ++i)
      file[at + 8 + length + i] = static_cast<std::uint8_t>(crc >> (24 - 8 * i));
    at += 12 + length;
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hone::nn::data;
  std::vector<std::uint8_t> file(data, data + size);
  if (size > 8) mend_checksums(file);
  fuzz::refusing({hone::ErrorKind::data}, "input.png", [&] {
    const Image image = decode_png(file, "input.png");
    fuzz::require(image.height >= 1 && image.height <= kPngSideLimit && image.width >= 1 &&
                      image.width <= kPngSideLimit &&
                      static_cast<std::int64_t>(image.pixels.size()) == image.height * image.width,
                  "a picture has the pixels of its sides, within the limits");
    // The same bytes twice: no pixel depends on what lay in memory before.
    fuzz::require(decode_png(file, "input.png").pixels == image.pixels, "decoding is a function");
    fuzz::require(to_fashion_mnist(image).pixels.size() == 784, "28 x 28");
  });
  return 0;
}
