// Every op on tensors. Each checks shapes, runs one or a few verbs of the bound backend and records
// its gradient; shape check, forward and backward of one op are in ops/<op>.cpp.
//
// All ops throw Error(usage) that names the op and the shapes when these do not fit. Floating
// tensors are f32 (f64 on the `ref` backend); both inputs of an op have the same type.
#pragma once

#include "kernels/params.h"
#include "tensor/tensor.h"

namespace hone::ops {

// --- pointwise; y has x's shape ---
Tensor negate(const Tensor& x);
Tensor exp(const Tensor& x);
Tensor log(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor square(const Tensor& x);
Tensor abs(const Tensor& x);   // gradient 0 at 0
Tensor relu(const Tensor& x);  // gradient 0 at 0
Tensor sigmoid(const Tensor& x);
Tensor tanh(const Tensor& x);
Tensor scale(const Tensor& x, double factor);
Tensor shift(const Tensor& x, double summand);

// --- two tensors, NumPy broadcasting ---
Tensor add(const Tensor& a, const Tensor& b);
Tensor subtract(const Tensor& a, const Tensor& b);
Tensor multiply(const Tensor& a, const Tensor& b);
Tensor divide(const Tensor& a, const Tensor& b);

// --- reductions ---
// Sum or mean over `axes` (negative ones count from the end; empty: all). The axes disappear, or
// stay with extent 1 when keep_axes.
Tensor sum(const Tensor& x, const std::vector<int>& axes = {}, bool keep_axes = false);
Tensor mean(const Tensor& x, const std::vector<int>& axes = {}, bool keep_axes = false);

// --- shape ---
// One extent may be -1: it is worked out.
Tensor reshape(const Tensor& x, const std::vector<std::int64_t>& extents);
// [N, a, b, ...] -> [N, a * b * ...], row-major.
Tensor flatten(const Tensor& x);
// Rows first .. last - 1 of the first axis.
Tensor slice(const Tensor& x, std::int64_t first, std::int64_t last);

// --- linear algebra ---
struct MatmulOptions {
  bool transpose_a = false;
  bool transpose_b = false;
};
// [m, k] x [k, n] -> [m, n]
Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options = {});
// x [N, in] * weight [in, out] + bias [out] (undefined: none), then ReLU if asked for. -> [N, out]
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const LinearParams& params = {});

// --- convolution and pooling, channels last ---
// `valid` pads nothing; `same` pads so that out = ceil(in / stride), the odd row or column at the
// bottom and right, as TensorFlow does.
enum class Padding : std::uint8_t { valid, same };
struct Conv2dOptions {
  int stride = 1;
  Padding padding = Padding::valid;
  bool relu = false;  // fused: y = relu(conv + bias)
  bool pool = false;  // fused: then 2x2 max-pooling with stride 2, floor
};
// x [N, H, W, Cin], weight [Cout, KH, KW, Cin], bias [Cout] (undefined: none) -> [N, OH, OW, Cout]
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv2dOptions& options = {});
// x [N, H, W, C] -> [N, OH, OW, C]; the gradient goes to the first maximum of each window.
Tensor maxpool2d(const Tensor& x, const Pool2dParams& params = {});

// x [N, H, W, C] -> [N, OH, OW, C], the mean of each window.
Tensor avgpool2d(const Tensor& x, const Pool2dParams& params = {});

// The kernel's view of a convolution of x by weight, with the padding worked out.
Conv2dParams conv2d_params(const Shape& x, const Shape& weight, const Conv2dOptions& options);

// --- normalisation ---
struct BatchNormOptions {
  double momentum = 0.99;  // share that the running statistics keep
  double epsilon = 1e-3;
  bool unbiased = false;  // the running variance divides by n - 1 (PyTorch), not n (Keras)
  bool training = false;  // normalise by the batch and move the running statistics; else use those
  bool relu = false;      // fused: then ReLU
  bool pool = false;      // fused: then 2x2 max-pooling with stride 2, floor; x has rank 4
};
// x [N, H, W, C] or [N, C]; scale, shift, running_mean, running_variance [C]. In training the
// running statistics are written in place and n, the values a channel, must be at least 2. Kept for
// the backward: x, the output, mean and 1 / sqrt(variance + epsilon).
Tensor batch_norm(const Tensor& x, const Tensor& scale, const Tensor& shift,
                  const Tensor& running_mean, const Tensor& running_variance,
                  const BatchNormOptions& options = {});

// --- regularisation ---
// Inverted dropout. step: i32 [1] on the device, row: what dropout_row() made; the same (seed,
// stream, step) gives the same mask. p = 1 gives zeros.
Tensor dropout(const Tensor& x, const Tensor& step, const Tensor& row,
               const DropoutParams& params = {});
// The probability and the seed of a dropout, on the bound backend's device; dropout_rows() gives
// each of the bound models its own. Make it before the step that uses it is recorded: Error(usage)
// while a recording is open.
Tensor dropout_row(double p, std::uint64_t seed);
Tensor dropout_rows(const std::vector<DropoutRow>& rows);

// --- loss ---
// Over the last axis of x [N, C].
Tensor softmax(const Tensor& x);
// logits [N, C], labels i32 [N] in 0..C-1 -> [] mean cross-entropy, computed in log space.
Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels);

}  // namespace hone::ops

namespace hone {
inline Tensor operator+(const Tensor& a, const Tensor& b) { return ops::add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return ops::subtract(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return ops::multiply(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return ops::divide(a, b); }
inline Tensor operator-(const Tensor& x) { return ops::negate(x); }
}  // namespace hone
