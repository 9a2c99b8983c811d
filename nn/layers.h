// Layer descriptions: plain values that say what a layer is, before any memory or weight exists.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "tensor/ops.h"

namespace hone::nn {

using ops::Padding;

// How weights start. Fans of a convolution count the kernel's area. Glorot & Bengio 2010, He et al.
// 2015: glorot_uniform on +-sqrt(6 / (fan_in + fan_out)), he_uniform on +-sqrt(6 / fan_in), the
// normal forms with standard deviation sqrt(2 / (fan_in + fan_out)) and sqrt(2 / fan_in).
enum class Init : std::uint8_t { glorot_uniform, glorot_normal, he_uniform, he_normal, zeros };

// Cross-correlation with square kernels, channels last.
struct Conv2d {
  int out = 1;
  int kernel = 3;
  int stride = 1;
  Padding padding = Padding::valid;
  bool bias = true;
  Init init = Init::glorot_uniform;
  bool operator==(const Conv2d&) const = default;
};

struct ReLU {
  bool operator==(const ReLU&) const = default;
};

// stride 0 means: the kernel's size. No padding; what does not fill a window is dropped.
struct MaxPool2d {
  int kernel = 2;
  int stride = 0;
  bool operator==(const MaxPool2d&) const = default;
};

struct Flatten {
  bool operator==(const Flatten&) const = default;
};

// Active in training mode only. p = 0 passes everything, p = 1 nothing.
struct Dropout {
  float p = 0.5f;
  bool operator==(const Dropout&) const = default;
};

struct Linear {
  int out = 1;
  bool bias = true;
  Init init = Init::glorot_uniform;
  bool operator==(const Linear&) const = default;
};

using Layer = std::variant<Conv2d, ReLU, MaxPool2d, Flatten, Dropout, Linear>;

// "conv2d", "relu", "maxpool2d", "flatten", "dropout", "linear".
const char* kind_of(const Layer& layer);
// "conv2d 32 3x3 same"
std::string to_text(const Layer& layer);

}  // namespace hone::nn
