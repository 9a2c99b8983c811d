// The parameters of the verbs (verbs.h): one small struct per family, every member with a default.
#pragma once

#include <array>
#include <cstdint>

#include "kernels/shape.h"

namespace hone {

// Whether a verb overwrites its output or adds to it.
enum class Write : std::uint8_t { set, add };

enum class UnaryOp : std::uint8_t {
  negate,
  exp,
  log,
  sqrt,
  square,
  abs,
  relu,
  sigmoid,
  tanh,
  scale,
  shift,
  log1p,
  gelu,       // x Phi(x), Phi the normal distribution's
  gelu_tanh,  // Hendrycks & Gimpel, arXiv 1606.08415: x / 2 (1 + tanh(sqrt(2 / pi) (x + .044715
              // x^3)))
  silu,       // x sigmoid(x)
  leaky_relu,
  elu,  // alpha (exp(x) - 1) where x < 0
  softplus,
  clamp,
  pow
};
inline constexpr int kUnaryOps = static_cast<int>(UnaryOp::pow) + 1;

// `alpha` is the factor of `scale`, the summand of `shift`, the slope of `leaky_relu` below 0, the
// factor of `elu`, the lower end of `clamp` and the exponent of `pow`; `beta` the upper end of
// `clamp`. The others read neither.
struct UnaryParams {
  UnaryOp op = UnaryOp::relu;
  double alpha = 0;
  double beta = 0;
};

// maximum and minimum: NaN in either gives NaN.
enum class BinaryOp : std::uint8_t { add, subtract, multiply, divide, maximum, minimum };
enum class CompareOp : std::uint8_t { equal, not_equal, less, less_equal, greater, greater_equal };
enum class ReduceOp : std::uint8_t { sum };
// The first one wins; NaN counts as the greatest for `max` and as the least for `min`.
enum class ArgReduceOp : std::uint8_t { max, min };

// One element of `box` for each element that is copied: index i of the box is element y_offset +
// sum i_k y_strides_k of y and x_offset + sum i_k x_strides_k of x. Strides may be negative; those
// of x also 0. No two indices may name one element of y.
struct StridedCopyParams {
  Shape box;
  std::int64_t y_offset = 0, x_offset = 0;
  std::array<std::int64_t, Shape::kMaxRank> y_strides{}, x_strides{};
};

enum class Distribution : std::uint8_t { uniform, normal };

// Element e is made of lane e mod 4 of Philox block e / 4 with key `seed` and counter {block low,
// block high, stream + 2^31, step}; u is its upper 24 bits times 2^-24. uniform: a + (b - a) u, in
// [a, b). normal with mean a and standard deviation b (Box & Muller 1958): lanes 0, 1 and 2, 3 give
// pairs, sqrt(-2 log(1 - u0)) times cos and sin of 2 pi u1.
struct RandomParams {
  Distribution distribution = Distribution::uniform;
  double a = 0, b = 1;
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;  // below 2^31
};

struct MatmulParams {
  bool transpose_a = false;
  bool transpose_b = false;
};

// x [N, in] * w [in, out] (+ bias [out]) (then ReLU).
struct LinearParams {
  bool relu = false;
};

// One convolution block: cross-correlation, then, each if asked for, bias, ReLU and 2x2 max-pooling
// with stride 2 (floor: an odd last row or column is dropped). With groups, input and output
// channels are cut into that many equal parts, and each output channel sees its part alone.
struct Conv2dParams {
  int kernel_h = 3, kernel_w = 3;
  int stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;
  int dilation_h = 1, dilation_w = 1;  // from one tap to the next
  int groups = 1;
  bool relu = false;
  bool pool = false;

  // What one output pixel looks at, from its first tap to its last.
  std::int64_t reach_h() const { return std::int64_t{dilation_h} * (kernel_h - 1) + 1; }
  std::int64_t reach_w() const { return std::int64_t{dilation_w} * (kernel_w - 1) + 1; }
  std::int64_t conv_h(std::int64_t h) const {
    return (h + pad_top + pad_bottom - reach_h()) / stride_h + 1;
  }
  std::int64_t conv_w(std::int64_t w) const {
    return (w + pad_left + pad_right - reach_w()) / stride_w + 1;
  }
  // Extents after the optional pooling.
  std::int64_t out_h(std::int64_t h) const { return pool ? conv_h(h) / 2 : conv_h(h); }
  std::int64_t out_w(std::int64_t w) const { return pool ? conv_w(w) / 2 : conv_w(w); }
};

// Windows of kernel x kernel every `stride`; kernel * kernel <= 256 (the arg-max is one byte). Each
// padding is smaller than the kernel, so that every window has a pixel of the image. The maximum
// and, unless count_padding, the mean are those of the pixels in the image.
struct Pool2dParams {
  int kernel = 2;
  int stride = 2;
  int pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;
  bool count_padding = false;  // the mean divides by kernel * kernel, as PyTorch's default does

  bool padded() const { return (pad_top | pad_bottom | pad_left | pad_right) != 0; }
  std::int64_t out_h(std::int64_t h) const { return windows(h + pad_top + pad_bottom); }
  std::int64_t out_w(std::int64_t w) const { return windows(w + pad_left + pad_right); }

 private:
  std::int64_t windows(std::int64_t extent) const {
    return extent < kernel ? 0 : (extent - kernel) / stride + 1;
  }
};

// y = scale * (x - mean) * inverse + shift for each channel, then ReLU and 2x2 max-pooling with
// stride 2 if asked for; inverse = 1 / sqrt(variance + epsilon).
struct BatchNormParams {
  bool relu = false;
  bool pool = false;
  // The statistics are constants: their share of the backward is left out.
  bool fixed = false;
};

// running = momentum * running + (1 - momentum) * batch.
struct BatchNormStatisticsParams {
  double epsilon = 1e-3;
  double momentum = 0.99;
  bool unbiased = false;  // the running variance is sum / (n - 1), not sum / n
};

// What two models trained together may differ in, a row of device data. Keep with probability 1 - p
// and divide by it; p = 1 gives zeros. Element e uses 16-bit lane e mod 8 of Philox block e / 8
// with key `seed` and counter {block low, block high, stream, step}; it is kept iff lane >=
// round(65536 p).
struct DropoutRow {
  double p = 0.5;
  std::uint64_t seed = 0;
};

struct DropoutParams {
  std::uint32_t stream = 0;  // one for each dropout of a model
};

// x = byte * scale + offset.
struct GatherParams {
  float scale = 1.0f / 255.0f;
  float offset = 0.0f;
};

// y = softmax(x), or its logarithm.
struct SoftmaxParams {
  bool log = false;
};

// How Keras and PyTorch write the same optimizer (the paths differ after a change of the rate, and
// epsilon means two things).
enum class OptimizerForm : std::uint8_t { keras, pytorch };

// A run of parameters that shares one row of the scalar table (a parameter group). Optimizer verbs
// read an array of these on the device.
struct Segment {
  std::int64_t offset = 0;
  std::int64_t count = 0;
  int row = 0;
};

// Columns of the f32 scalar table [steps, rows, kScalarColumns] that optimizer verbs read on the
// device.
enum ScalarColumn : int {
  kLearningRate,
  kMomentum,  // SGD's momentum, Adam's beta 1
  kBeta2,     // Adam's beta 2, the share of the squares that RMSprop keeps
  kEpsilon,
  kWeightDecay,
  kScalarColumns
};

struct SgdParams {
  OptimizerForm form = OptimizerForm::keras;
  bool nesterov = false;
};

struct AdamParams {
  OptimizerForm form = OptimizerForm::keras;
  // Weight decay is taken off the weights (AdamW, Keras) instead of added to the gradient
  // (PyTorch's Adam).
  bool decoupled_decay = true;
};

struct RmsPropParams {
  OptimizerForm form = OptimizerForm::keras;
  bool centered = false;  // divide by the deviation of the gradient, not by its root mean square
  bool adagrad = false;   // the squares are summed up, not averaged
};

}  // namespace hone
