// The one door to stb_image_write, which writes pictures; private to nn/data.
#pragma once

#include <cstdint>
#include <vector>

namespace hone::nn::data::stb {

// A PNG file of grey pixels [height, width]; empty when it cannot be made.
std::vector<std::uint8_t> encode_grey(const std::uint8_t* pixels, int height, int width);

}  // namespace hone::nn::data::stb
