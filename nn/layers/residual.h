// A residual connection.
#pragma once

#include "nn/network.h"

namespace hone::nn {

// y = body(x) + shortcut(x); an empty shortcut is x itself. Both must give the same shape. A ReLU
// that follows is a layer of its own. Source: He et al., arXiv 1512.03385.
struct Residual {
  Network body = {};
  Network shortcut = {};

  static constexpr const char* kName = "residual";
  std::vector<Field> fields();
  LayerCost cost(const Shape& in) const;
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const Residual&) const = default;
};

}  // namespace hone::nn
