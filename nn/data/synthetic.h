// Data sets that need no download: made by a rule and a seed, the same on every machine.
#pragma once

#include <cstdint>

#include "nn/data/image_set.h"

namespace hone::nn::data {

struct ShapesOptions {
  std::int64_t count = 1000;
  std::int64_t side = 28;     // of a picture, 12 to 256
  std::int64_t channels = 1;  // 1: grey, 3: colour
  double noise = 0.1;         // deviation of the noise on every value, as a share of 255
  std::uint64_t seed = 0;
};

// Pictures of one bright shape each on a dark ground, of any size, place and turn, under noise:
// disc, ring, square, frame, triangle, bar, cross, corner, two discs, half disc. Ten classes with
// their names, in turn. Throws Error(usage) for options outside their ranges.
ImageSet synthetic_shapes(const ShapesOptions& options = {});

}  // namespace hone::nn::data
