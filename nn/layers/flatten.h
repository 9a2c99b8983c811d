// Images to features.
#pragma once

#include "nn/layer.h"

namespace hone::nn {

// [N, a, b, ...] -> [N, a * b * ...], row-major.
struct Flatten {
  static constexpr const char* kName = "flatten";
  std::vector<Field> fields() { return {}; }
  LayerCost cost(const Shape& in) const { return {.output = {in.count()}}; }
  std::unique_ptr<Module> build(const Site& site) const;
  bool operator==(const Flatten&) const = default;
};

}  // namespace hone::nn
