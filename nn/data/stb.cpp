// stb_image_write, compiled into this file alone with internal symbols.
#include "nn/data/stb.h"

#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_IMPLEMENTATION
// Most functions of the header are unused here, and its style is its own.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wsign-compare"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

namespace hone::nn::data::stb {
namespace {

void append(void* context, void* data, int size) {
  auto* out = static_cast<std::vector<std::uint8_t>*>(context);
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  out->insert(out->end(), bytes, bytes + size);
}

}  // namespace

std::vector<std::uint8_t> encode_grey(const std::uint8_t* pixels, int height, int width) {
  std::vector<std::uint8_t> out;
  if (stbi_write_png_to_func(append, &out, width, height, 1, pixels, width) == 0) out.clear();
  return out;
}

}  // namespace hone::nn::data::stb
