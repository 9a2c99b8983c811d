// A learned vector for each of a number of things.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// Samples of indices [T], i32 or whole numbers in f32, -> [T, width]: row i of the table for index
// i. An index that is not 0 .. count - 1 gives NaN.
struct Embedding {
  int count = 1;  // rows of the table
  int width = 1;
  Init init = Init::glorot_uniform;

  static constexpr const char* kName = "embedding";
  std::vector<Field> fields();
  LayerCost cost(const Shape& in) const;
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const Embedding&) const = default;
};

}  // namespace hone::nn
