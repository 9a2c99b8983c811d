// The folding rule.
#include "nn/fold.h"

namespace hone::nn {

std::vector<Block> fold(const Network& network, bool fuse) {
  const std::vector<Layer>& layers = network.layers();
  std::vector<Block> blocks;
  std::size_t i = 0;
  const auto next_is = [&]<class L>(const L*) {
    return i < layers.size() && std::holds_alternative<L>(layers[i]);
  };
  while (i < layers.size()) {
    Block block{{i}};
    const bool conv = std::holds_alternative<Conv2d>(layers[i]);
    const bool linear = std::holds_alternative<Linear>(layers[i]);
    ++i;
    if (fuse && (conv || linear) && next_is(static_cast<const ReLU*>(nullptr))) {
      block.relu = true;
      block.layers.push_back(i++);
    }
    if (fuse && conv && next_is(static_cast<const MaxPool2d*>(nullptr))) {
      const MaxPool2d& pool = std::get<MaxPool2d>(layers[i]);
      if (pool.kernel == 2 && (pool.stride == 0 || pool.stride == 2)) {
        block.pool = true;
        block.layers.push_back(i++);
      }
    }
    blocks.push_back(std::move(block));
  }
  return blocks;
}

}  // namespace hone::nn
