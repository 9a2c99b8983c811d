// The one door to the stb_image headers; private to nn/data. Only stb.cpp sees the headers
// themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace hone::nn::data::stb {

struct Header {
  int width = 0, height = 0;
};

// The sizes that a PNG announces; false, with the reason, when it is no PNG that stb_image can
// read.
bool read_header(std::span<const std::uint8_t> bytes, Header* header, std::string* reason);

// Grey and alpha, [height, width, 2]; empty, with the reason, on failure. The decoder may hold
// `budget` bytes at once on this thread; past that it fails like out of memory.
std::vector<std::uint8_t> decode_grey_alpha(std::span<const std::uint8_t> bytes, std::size_t budget,
                                            std::string* reason);

// A PNG file of grey pixels [height, width]; empty when it cannot be made.
std::vector<std::uint8_t> encode_grey(const std::uint8_t* pixels, int height, int width);

}  // namespace hone::nn::data::stb
