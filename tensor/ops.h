// Every op on tensors. Each checks shapes, runs one or a few verbs of the bound backend and records
// its gradient; shape check, forward and backward of one op are in ops/<op>.cpp.
//
// All ops throw Error(usage) that names the op and the shapes when these do not fit. Floating
// tensors are f32 (f64 on the `ref` backend); both inputs of an op have the same type.
#pragma once

#include <optional>

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
Tensor log1p(const Tensor& x);                            // log(1 + x), exact near 0
Tensor gelu(const Tensor& x);                             // x Phi(x); arXiv 1606.08415
Tensor gelu_tanh(const Tensor& x);                        // its approximation by tanh
Tensor silu(const Tensor& x);                             // x sigmoid(x), also called swish
Tensor softplus(const Tensor& x);                         // log(1 + exp(x)) at any scale
Tensor leaky_relu(const Tensor& x, double slope = 0.01);  // slope x below 0, and as gradient at 0
Tensor elu(const Tensor& x, double alpha = 1);            // alpha (exp(x) - 1) below 0
// Kept in low .. high; the gradient at the ends is 1.
Tensor clamp(const Tensor& x, double low, double high);
Tensor pow(const Tensor& x, double exponent);

// --- two tensors, NumPy broadcasting ---
Tensor add(const Tensor& a, const Tensor& b);
Tensor subtract(const Tensor& a, const Tensor& b);
Tensor multiply(const Tensor& a, const Tensor& b);
Tensor divide(const Tensor& a, const Tensor& b);
// NaN in either gives NaN; where they tie, a takes the gradient.
Tensor maximum(const Tensor& a, const Tensor& b);
Tensor minimum(const Tensor& a, const Tensor& b);

// --- comparisons of two tensors of any one type, NumPy broadcasting -> u8, 1 or 0, no gradient ---
Tensor equal(const Tensor& a, const Tensor& b);
Tensor not_equal(const Tensor& a, const Tensor& b);
Tensor less(const Tensor& a, const Tensor& b);
Tensor less_equal(const Tensor& a, const Tensor& b);
Tensor greater(const Tensor& a, const Tensor& b);
Tensor greater_equal(const Tensor& a, const Tensor& b);
// a where mask (u8) is not 0, else b, of any one type; the three broadcast.
Tensor where(const Tensor& mask, const Tensor& a, const Tensor& b);
// The same numbers in another type; to integers towards zero, kept in their range, NaN becomes 0.
Tensor cast(const Tensor& x, DType dtype);

// --- reductions ---
// Sum or mean over `axes` (negative ones count from the end; empty: all). The axes disappear, or
// stay with extent 1 when keep_axes.
Tensor sum(const Tensor& x, const std::vector<int>& axes = {}, bool keep_axes = false);
Tensor mean(const Tensor& x, const std::vector<int>& axes = {}, bool keep_axes = false);
// The mean of squared distances to the mean; unbiased: their sum over n - 1.
Tensor variance(const Tensor& x, const std::vector<int>& axes = {}, bool keep_axes = false,
                bool unbiased = false);
// log(sum(exp(x))), at any scale.
Tensor logsumexp(const Tensor& x, const std::vector<int>& axes = {}, bool keep_axes = false);
// sqrt(sum(x^2)); the gradient is 0 where it is 0.
Tensor norm(const Tensor& x, const std::vector<int>& axes = {}, bool keep_axes = false);
// The first greatest (least) takes the gradient; NaN gives NaN.
Tensor max(const Tensor& x, const std::vector<int>& axes = {}, bool keep_axes = false);
Tensor min(const Tensor& x, const std::vector<int>& axes = {}, bool keep_axes = false);
// Where along an axis the first greatest (least), or else the first NaN, is. x: any type -> i32
Tensor argmax(const Tensor& x, int axis = -1, bool keep_axis = false);
Tensor argmin(const Tensor& x, int axis = -1, bool keep_axis = false);

// --- shape ---
// One extent may be -1: it is worked out.
Tensor reshape(const Tensor& x, const std::vector<std::int64_t>& extents);
// [N, a, b, ...] -> [N, a * b * ...], row-major.
Tensor flatten(const Tensor& x);
// Rows first .. last - 1 of the first axis; shares x's memory.
Tensor slice(const Tensor& x, std::int64_t first, std::int64_t last);

// --- moving elements of any type; negative axes count from the end ---
struct SliceOptions {
  int axis = 0;
  std::int64_t first = 0;
  std::optional<std::int64_t> last = std::nullopt;  // the one behind the last; none: the extent
  std::int64_t step = 1;
};
Tensor slice(const Tensor& x, const SliceOptions& options);
// Axis k of the result is axis axes[k] of x; empty: all in reverse.
Tensor transpose(const Tensor& x, const std::vector<int>& axes = {});
// In reverse along `axes`; empty: along all.
Tensor flip(const Tensor& x, const std::vector<int>& axes = {});
struct PadWidth {
  std::int64_t before = 0, after = 0;
};
// `value` around x; one width an axis.
Tensor pad(const Tensor& x, const std::vector<PadWidth>& widths, double value = 0);
// Each element along the axis `times` times, one behind the other, as numpy.repeat does.
Tensor repeat(const Tensor& x, std::int64_t times, int axis);
// Parts one behind the other along an axis; all their other extents are equal.
Tensor concat(const std::vector<Tensor>& parts, int axis = 0);
// Parts of one shape along a new axis.
Tensor stack(const std::vector<Tensor>& parts, int axis = 0);
// The reverse of concat.
std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& extents, int axis = 0);

// --- by an index (i32); one that does not exist gives NaN (0 in integers) and has no gradient ---
// y[.., j, ..] = x[.., index[.., j, ..], ..]: index has y's shape, which is x's but along the axis.
Tensor gather(const Tensor& x, const Tensor& index, int axis);
// Rows of the axis: index [m].
Tensor take(const Tensor& x, const Tensor& index, int axis = 0);
// table [n, d], index of any shape -> [index..., d]
Tensor embedding(const Tensor& table, const Tensor& index);
// labels i32 of any shape -> [labels..., classes] of `dtype`: 1 at the label, else 0, and all 0 for
// a label that is no class. No gradient.
Tensor one_hot(const Tensor& labels, std::int64_t classes, DType dtype = DType::f32);

// --- linear algebra ---
struct MatmulOptions {
  bool transpose_a = false;
  bool transpose_b = false;
};
// [m, k] x [k, n] -> [m, n]. With more axes in front, which must be equal, a product for each of
// them; a b of two axes is shared by all.
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
  int dilation = 1;   // from one tap of the kernel to the next
  int groups = 1;     // parts of the channels that do not see each other; Cin of them: depthwise
  bool relu = false;  // fused: y = relu(conv + bias)
  bool pool = false;  // fused: then 2x2 max-pooling with stride 2, floor
};
// x [N, H, W, Cin], weight [Cout, KH, KW, Cin / groups], bias [Cout] (undefined: none)
// -> [N, OH, OW, Cout]
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv2dOptions& options = {});
// x [N, H, W, C] -> [N, OH, OW, C]; the gradient goes to the first maximum of each window.
Tensor maxpool2d(const Tensor& x, const Pool2dParams& params = {});

// x [N, H, W, C] -> [N, OH, OW, C], the mean of each window.
Tensor avgpool2d(const Tensor& x, const Pool2dParams& params = {});
// The kernel's view of a pooling of x [N, H, W, C], with the padding worked out. Throws
// Error(usage) that names `op` unless a window fits.
Pool2dParams pool2d_params(const char* op, const Shape& x, int kernel, int stride, Padding padding);

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

// x normalised to mean 0 and variance 1 over its last axes, those of scale and shift, then
// x * scale + shift. Source: Ba et al., arXiv 1607.06450.
Tensor layer_norm(const Tensor& x, const Tensor& scale, const Tensor& shift, double epsilon = 1e-5);
// The same for each sample over all positions and the channels of one of `groups` groups. x
// [N, ..., C]; scale, shift [C]. Source: Wu & He, arXiv 1803.08494.
Tensor group_norm(const Tensor& x, const Tensor& scale, const Tensor& shift, int groups,
                  double epsilon = 1e-5);

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

// Numbers that depend on params, step[0] and the place of an element alone: of a StepGraph's step,
// others each time. step: i32 [1] on the device. No gradient. See RandomParams.
Tensor random(const Tensor& step, const Shape& shape, const RandomParams& params = {},
              DType dtype = DType::f32);

// --- loss ---
Tensor softmax(const Tensor& x, int axis = -1);
Tensor log_softmax(const Tensor& x, int axis = -1);
// logits [N, C], labels i32 [N] in 0..C-1 -> [] mean cross-entropy, computed in log space.
Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels);

// The losses below are means over all elements -> []. With `weights` [N], each not negative, it is
// the weighted mean of the samples' (first axis) means; 0 when no weight is above 0.

// Squares of the differences, absolute differences, and squares (halved) that turn into lines at
// `delta`. prediction, target: one shape.
Tensor mse(const Tensor& prediction, const Tensor& target, const Tensor& weights = {});
Tensor mae(const Tensor& prediction, const Tensor& target, const Tensor& weights = {});
Tensor huber(const Tensor& prediction, const Tensor& target, double delta = 1,
             const Tensor& weights = {});

struct BinaryCrossEntropyOptions {
  double label_smoothing = 0;    // targets t (1 - s) + s / 2
  Tensor weights = {};           // [N]
  Tensor positive_weights = {};  // of the term of t; broadcasts onto the logits
};
// From logits, at any scale; targets 0 to 1 of the logits' shape.
Tensor binary_cross_entropy(const Tensor& logits, const Tensor& targets,
                            const BinaryCrossEntropyOptions& options = {});

struct CrossEntropyOptions {
  double label_smoothing = 0;  // (1 - s) at the label, s / C everywhere
  std::optional<std::int32_t> ignore_index = std::nullopt;  // samples that do not count
  Tensor class_weights = {};  // [C]: weights of samples by their label
  Tensor weights = {};        // [N]
};
// logits [N, C], labels i32 [N]; a label that is no class gives NaN. Without options it is
// softmax_cross_entropy, which is faster. Class weights are taken as by PyTorch: of each class in
// the smoothed part, and of the labels in the mean.
Tensor cross_entropy(const Tensor& logits, const Tensor& labels,
                     const CrossEntropyOptions& options = {});
// The same with a distribution over the classes for each sample: logits, targets [N, C].
Tensor soft_cross_entropy(const Tensor& logits, const Tensor& targets, const Tensor& weights = {});

}  // namespace hone::ops

namespace hone {
inline Tensor operator+(const Tensor& a, const Tensor& b) { return ops::add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return ops::subtract(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return ops::multiply(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return ops::divide(a, b); }
inline Tensor operator-(const Tensor& x) { return ops::negate(x); }
// With a number: scale() and shift(). x / b is x times 1 / b.
inline Tensor operator+(const Tensor& a, double b) { return ops::shift(a, b); }
inline Tensor operator+(double a, const Tensor& b) { return ops::shift(b, a); }
inline Tensor operator-(const Tensor& a, double b) { return ops::shift(a, -b); }
inline Tensor operator-(double a, const Tensor& b) { return ops::shift(ops::negate(b), a); }
inline Tensor operator*(const Tensor& a, double b) { return ops::scale(a, b); }
inline Tensor operator*(double a, const Tensor& b) { return ops::scale(b, a); }
inline Tensor operator/(const Tensor& a, double b) { return ops::scale(a, 1 / b); }
inline Tensor operator/(double a, const Tensor& b) { return ops::scale(ops::pow(b, -1), a); }
}  // namespace hone
