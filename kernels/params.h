// The parameters of the verbs (verbs.h): one small struct per family, every member with a default.
#pragma once

#include <cstdint>

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
  shift
};

// `alpha` is the factor of `scale` and the summand of `shift`; the others do not read it.
struct UnaryParams {
  UnaryOp op = UnaryOp::relu;
  double alpha = 0;
};

enum class BinaryOp : std::uint8_t { add, subtract, multiply, divide };
enum class ReduceOp : std::uint8_t { sum };

struct MatmulParams {
  bool transpose_a = false;
  bool transpose_b = false;
};

// x [N, in] * w [in, out] (+ bias [out]) (then ReLU).
struct LinearParams {
  bool relu = false;
};

// One convolution block: cross-correlation, then, each if asked for, bias, ReLU and 2x2 max-pooling
// with stride 2 (floor: an odd last row or column is dropped).
struct Conv2dParams {
  int kernel_h = 3, kernel_w = 3;
  int stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;
  bool relu = false;
  bool pool = false;

  std::int64_t conv_h(std::int64_t h) const {
    return (h + pad_top + pad_bottom - kernel_h) / stride_h + 1;
  }
  std::int64_t conv_w(std::int64_t w) const {
    return (w + pad_left + pad_right - kernel_w) / stride_w + 1;
  }
  // Extents after the optional pooling.
  std::int64_t out_h(std::int64_t h) const { return pool ? conv_h(h) / 2 : conv_h(h); }
  std::int64_t out_w(std::int64_t w) const { return pool ? conv_w(w) / 2 : conv_w(w); }
};

// Windows of kernel x kernel every `stride`, no padding; kernel * kernel <= 256 (the arg-max is one
// byte).
struct Pool2dParams {
  int kernel = 2;
  int stride = 2;
  std::int64_t out(std::int64_t extent) const {
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
  kBeta2,
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

}  // namespace hone
