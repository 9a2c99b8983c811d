// Which layers of a network one block op computes. Internal to nn/.
#pragma once

#include <vector>

#include "nn/network.h"

namespace hone::nn {

// Indices of consecutive layers that one op computes; the first is the conv2d, linear or single
// layer.
struct Block {
  std::vector<std::size_t> layers;
  bool relu = false;
  bool pool = false;
};

// conv2d (+ relu) (+ maxpool2d 2x2 stride 2) and linear (+ relu) become one block each when `fuse`.
std::vector<Block> fold(const Network& network, bool fuse);

}  // namespace hone::nn
