// Which layers become flags of a block op.
#include "nn/layers/block_tail.h"

#include "nn/layers/maxpool2d.h"
#include "nn/layers/relu.h"

namespace hone::nn {

BlockTail block_tail(std::span<const Layer> next, bool may_pool) {
  BlockTail tail;
  if (!next.empty() && next[0].as<ReLU>() != nullptr) {
    tail.relu = true;
    ++tail.layers;
  }
  if (!may_pool || tail.layers == next.size()) return tail;
  const MaxPool2d* pool = next[tail.layers].as<MaxPool2d>();
  if (pool != nullptr && pool->kernel == 2 && (pool->stride == 0 || pool->stride == 2) &&
      pool->padding == Padding::valid) {
    tail.pool = true;
    ++tail.layers;
  }
  return tail;
}

}  // namespace hone::nn
