// A dense layer.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// x [N, in] -> x W + b [N, out].
struct Linear {
  int out = 1;
  bool bias = true;
  Init init = Init::glorot_uniform;

  static constexpr const char* kName = "linear";
  std::vector<Field> fields();
  LayerCost cost(const Shape& in) const;
  std::unique_ptr<Module> build(const Site& site) const;
  // ReLU.
  std::size_t absorbs(std::span<const Layer> next) const;
  bool operator==(const Linear&) const = default;
};

}  // namespace hone::nn
