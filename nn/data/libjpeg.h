// The one door to libjpeg, which reads pictures; private to nn/data.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "nn/data/picture.h"

namespace hone::nn::data::libjpeg {

// Decodes a JPEG: grey stays one channel, colours become three. `fits` is called with the height
// and width that the file announces before any memory for pixels is taken; what it throws passes
// through. False, with the reason, where libjpeg finds anything wrong or warns of anything.
bool decode(std::span<const std::uint8_t> bytes,
            const std::function<void(std::int64_t height, std::int64_t width)>& fits,
            Picture* picture, std::string* reason);

}  // namespace hone::nn::data::libjpeg
