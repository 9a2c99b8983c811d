// The layers that the block ops compute besides their own. Internal to nn/.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

struct BlockTail {
  bool relu = false;
  bool pool = false;       // 2x2 max-pooling with stride 2
  std::size_t layers = 0;  // how many of the layers that is
};

// What a block op with the flags ReLU and, if `may_pool`, pool makes of the first of `next`.
BlockTail block_tail(std::span<const Layer> next, bool may_pool);

}  // namespace hone::nn
