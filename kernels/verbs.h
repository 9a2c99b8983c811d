// The verbs: all that a backend can do, one struct each, readable top to bottom.
//
// A verb names its views, outputs first, then inputs, then parameters, and is run by
// Backend::run(verb::Copy{.y = y, .x = x}). It never owns memory and never allocates outside the
// workspace. A View is written, and read where the verb adds to it or says that it works in place;
// a ConstView is only read. Everything that changes from step to step is device data, so that a
// recorded verb stays right. The op layer above checks shapes and says what is wrong.
//
// Shapes: activations [N, H, W, C], convolution weights [Cout, KH, KW, Cin], dense weights
// [in, out]. They are those of one model; with several (View::models) each view holds one model
// after the other, or is shared by all. Same inputs, same bits, for any number of threads, and for
// a model alone or among others.
//
// A new verb is its struct here, its place in the list below, and one file a backend
// (docs/add-an-op.md).
#pragma once

#include <cstdint>

#include "kernels/params.h"
#include "kernels/verb_list.h"
#include "kernels/view.h"

namespace hone {

// Entries of the f64 sums that accumulate_metrics keeps; accumulate_value uses those behind them.
enum MetricSum : int {
  kLossSum,       // sum over samples of the loss
  kCorrectSum,    // samples whose largest logit is the label
  kSampleSum,     // samples
  kFirstBadStep,  // 1 + step of the first loss that was not finite, 0 if none
  kBadLabelAt,    // 1 + number of the first sample whose label is no class, 0 if none
  kBadLabel,      // that label
  kMetricSums
};

namespace verb {

// --- memory ---

// Every element of y becomes `value`.
struct Fill {
  static constexpr const char* kName = "fill";
  View y;
  double value = 0;
  static void views(auto& v, auto use) { use("y", v.y); }
};

// y = x or y += x; same shape and type.
struct Copy {
  static constexpr const char* kName = "copy";
  View y;
  ConstView x;
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
  }
};

// counters[index] += by. counters: i32 [n]
struct Advance {
  static constexpr const char* kName = "advance";
  View counters;
  int index = 0;
  int by = 1;
  static void views(auto& v, auto use) { use("counters", v.counters); }
};

// --- pointwise ---

// y = op(x); y and x may be the same memory.
struct Unary {
  static constexpr const char* kName = "unary";
  View y;
  ConstView x;
  UnaryParams params = {};
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
  }
};

// dx = dy * op'(x), from x and y = op(x). dx may be the memory of dy. ReLU's gradient at 0 is 0.
struct UnaryBackward {
  static constexpr const char* kName = "unary_backward";
  View dx;
  ConstView dy, x, y;
  UnaryParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("dx", v.dx);
    use("dy", v.dy);
    use("x", v.x);
    use("y", v.y);
  }
};

// y = op(a, b) with NumPy broadcasting; y has the broadcast shape.
struct Binary {
  static constexpr const char* kName = "binary";
  View y;
  ConstView a, b;
  BinaryOp op = BinaryOp::add;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("a", v.a);
    use("b", v.b);
  }
};

// Reduces every axis on which y has extent 1 and x has not; same rank. Fixed order of summation.
struct Reduce {
  static constexpr const char* kName = "reduce";
  View y;
  ConstView x;
  ReduceOp op = ReduceOp::sum;
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
  }
};

// Repeats x along every axis on which it has extent 1 and y has not; same rank.
struct BroadcastTo {
  static constexpr const char* kName = "broadcast_to";
  View y;
  ConstView x;
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
  }
};

// y = x * mask / (1 - p): inverted dropout, the mask from p, seed, stream and step[0] (see
// DropoutRow). Also its own backward: run it with dx, dy. step: i32 [1], row: u8
// [sizeof(DropoutRow)]
struct Dropout {
  static constexpr const char* kName = "dropout";
  View y;
  ConstView x, step, row;
  DropoutParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
    use("step", v.step);
    use("row", v.row);
  }
};

// --- linear algebra ---

// c = op(a) * op(b) or c += it. a: [m, k] or, transposed, [k, m]; b: [k, n] or [n, k]; c: [m, n]
struct Matmul {
  static constexpr const char* kName = "matmul";
  View c;
  ConstView a, b;
  MatmulParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("c", v.c);
    use("a", v.a);
    use("b", v.b);
  }
};

// y = x * w (+ b) (ReLU). y: [N, out], x: [N, in], w: [in, out], b: [out] or empty
struct LinearForward {
  static constexpr const char* kName = "linear_forward";
  View y;
  ConstView x, w, b;
  LinearParams params = {};
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
    use("w", v.w);
    use("b", v.b, kMayBeEmpty);
  }
};

// dx: [N, in] from dy: [N, out], w: [in, out]; with params.relu, dy counts only where y > 0.
struct LinearBackwardInput {
  static constexpr const char* kName = "linear_backward_input";
  View dx;
  ConstView dy, y, w;
  LinearParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("dx", v.dx);
    use("dy", v.dy);
    use("y", v.y);
    use("w", v.w);
  }
};

// dw: [in, out], db: [out] or empty, from dy: [N, out], x: [N, in]; ReLU as above.
struct LinearBackwardWeight {
  static constexpr const char* kName = "linear_backward_weight";
  View dw, db;
  ConstView dy, y, x;
  LinearParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("dw", v.dw);
    use("db", v.db, kMayBeEmpty);
    use("dy", v.dy);
    use("y", v.y);
    use("x", v.x);
  }
};

// --- convolution and pooling ---

// One block (see Conv2dParams). y: [N, OH, OW, Cout], argmax: u8 like y (position 0..3 of the
// maximum in its 2x2 window, row-major, first maximum wins) or empty without pooling, x: [N, H, W,
// Cin], w: [Cout, KH, KW, Cin], b: [Cout] or empty.
struct Conv2dForward {
  static constexpr const char* kName = "conv2d_forward";
  View y, argmax;
  ConstView x, w, b;
  Conv2dParams params = {};
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("argmax", v.argmax, kMayBeEmpty);
    use("x", v.x);
    use("w", v.w);
    use("b", v.b, kMayBeEmpty);
  }
};

// dx: [N, H, W, Cin] from dy, y, argmax (all like the block's output) and w. The gradient goes to
// the arg-max position of each pooling window, and only where y > 0 with ReLU.
struct Conv2dBackwardInput {
  static constexpr const char* kName = "conv2d_backward_input";
  View dx;
  ConstView dy, y, argmax, w;
  Conv2dParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("dx", v.dx);
    use("dy", v.dy);
    use("y", v.y);
    use("argmax", v.argmax, kMayBeEmpty);
    use("w", v.w);
  }
};

// dw: [Cout, KH, KW, Cin], db: [Cout] or empty, from dy, y, argmax and x.
struct Conv2dBackwardWeight {
  static constexpr const char* kName = "conv2d_backward_weight";
  View dw, db;
  ConstView dy, y, argmax, x;
  Conv2dParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("dw", v.dw);
    use("db", v.db, kMayBeEmpty);
    use("dy", v.dy);
    use("y", v.y);
    use("argmax", v.argmax, kMayBeEmpty);
    use("x", v.x);
  }
};

// y: [N, OH, OW, C], argmax: u8 like y (row-major position in the window, first maximum wins), x:
// [N, H, W, C]
struct MaxPool2dForward {
  static constexpr const char* kName = "maxpool2d_forward";
  View y, argmax;
  ConstView x;
  Pool2dParams params = {};
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("argmax", v.argmax);
    use("x", v.x);
  }
};

// dx: [N, H, W, C] from dy and argmax.
struct MaxPool2dBackward {
  static constexpr const char* kName = "maxpool2d_backward";
  View dx;
  ConstView dy, argmax;
  Pool2dParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("dx", v.dx);
    use("dy", v.dy);
    use("argmax", v.argmax);
  }
};

// y: [N, OH, OW, C] = mean of each window of x: [N, H, W, C].
struct AvgPool2dForward {
  static constexpr const char* kName = "avgpool2d_forward";
  View y;
  ConstView x;
  Pool2dParams params = {};
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
  }
};

// dx: [N, H, W, C] from dy: [N, OH, OW, C].
struct AvgPool2dBackward {
  static constexpr const char* kName = "avgpool2d_backward";
  View dx;
  ConstView dy;
  Pool2dParams params = {};
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("dx", v.dx);
    use("dy", v.dy);
  }
};

// --- normalisation: x is [N, H, W, C] or [N, C], statistics are [C] ---

// mean, inverse = 1 / sqrt(variance + epsilon) over all axes of x but the last; moves the running
// statistics, in place.
struct BatchNormStatistics {
  static constexpr const char* kName = "batch_norm_statistics";
  View mean, inverse, running_mean, running_variance;
  ConstView x;
  BatchNormStatisticsParams params = {};
  static void views(auto& v, auto use) {
    use("mean", v.mean);
    use("inverse", v.inverse);
    use("running_mean", v.running_mean);
    use("running_variance", v.running_variance);
    use("x", v.x);
  }
};

// One block (see BatchNormParams). y: like x or, pooled, [N, H/2, W/2, C]; argmax: u8 like y, as in
// Conv2dForward, or empty without pooling.
struct BatchNormActPoolForward {
  static constexpr const char* kName = "batch_norm_act_pool_forward";
  View y, argmax;
  ConstView x, mean, inverse, scale, shift;
  BatchNormParams params = {};
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("argmax", v.argmax, kMayBeEmpty);
    use("x", v.x);
    use("mean", v.mean);
    use("inverse", v.inverse);
    use("scale", v.scale);
    use("shift", v.shift);
  }
};

// From dy, y, argmax (like the block's output) and x. Each of dx, dscale, dshift may be empty.
// With g the gradient of the normalised, scaled and shifted x, h = (x - mean) * inverse and n the
// values a channel: dshift = sum g, dscale = sum g h, dx = scale * inverse * (g - dshift / n - h *
// dscale / n), or scale * inverse * g with params.fixed.
struct BatchNormActPoolBackward {
  static constexpr const char* kName = "batch_norm_act_pool_backward";
  View dx, dscale, dshift;
  ConstView dy, y, argmax, x, mean, inverse, scale;
  BatchNormParams params = {};
  Write write = Write::set;             // of dx
  Write parameters_write = Write::set;  // of dscale and dshift
  static void views(auto& v, auto use) {
    use("dx", v.dx, kMayBeEmpty);
    use("dscale", v.dscale, kMayBeEmpty);
    use("dshift", v.dshift, kMayBeEmpty);
    use("dy", v.dy);
    use("y", v.y);
    use("argmax", v.argmax, kMayBeEmpty);
    use("x", v.x);
    use("mean", v.mean);
    use("inverse", v.inverse);
    use("scale", v.scale);
  }
};

// --- loss and metrics ---

// y = softmax of each row. y, x: [N, C]
struct Softmax {
  static constexpr const char* kName = "softmax";
  View y;
  ConstView x;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
  }
};

// dx from dy and y = softmax(x).
struct SoftmaxBackward {
  static constexpr const char* kName = "softmax_backward";
  View dx;
  ConstView dy, y;
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("dx", v.dx);
    use("dy", v.dy);
    use("y", v.y);
  }
};

// loss: [] = mean over rows of -log softmax(logits)[label], in log space; probabilities: [N, C] are
// kept for the backward. labels: i32 [N], each in 0..C-1 (any other makes the loss NaN).
struct SoftmaxCrossEntropyForward {
  static constexpr const char* kName = "softmax_cross_entropy_forward";
  View loss, probabilities;
  ConstView logits, labels;
  static void views(auto& v, auto use) {
    use("loss", v.loss);
    use("probabilities", v.probabilities);
    use("logits", v.logits);
    use("labels", v.labels);
  }
};

// dlogits = (probabilities - onehot(label)) * dloss / N. dloss: []
struct SoftmaxCrossEntropyBackward {
  static constexpr const char* kName = "softmax_cross_entropy_backward";
  View dlogits;
  ConstView probabilities, labels, dloss;
  Write write = Write::set;
  static void views(auto& v, auto use) {
    use("dlogits", v.dlogits);
    use("probabilities", v.probabilities);
    use("labels", v.labels);
    use("dloss", v.dloss);
  }
};

// sums: f64 [kMetricSums or more], see MetricSum. Adds one batch: loss * rows, the rows whose
// largest logit (first one wins) is the label, and rows; notes step[0] the first time the loss is
// not finite, and the first label that is no class. loss: [], logits: [rows, C], labels: i32
// [rows], both empty where there is nothing to count, step: i32 [1]
struct AccumulateMetrics {
  static constexpr const char* kName = "accumulate_metrics";
  View sums;
  ConstView loss, logits = {}, labels = {}, step;
  int rows = 0;  // without logits; otherwise theirs count
  static void views(auto& v, auto use) {
    use("sums", v.sums);
    use("loss", v.loss);
    use("logits", v.logits, kMayBeEmpty);
    use("labels", v.labels, kMayBeEmpty);
    use("step", v.step);
  }
};

// sums[column] += value * rows. sums: f64 [more than column], value: []
struct AccumulateValue {
  static constexpr const char* kName = "accumulate_value";
  View sums;
  ConstView value;
  int column = 0;
  int rows = 0;
  static void views(auto& v, auto use) {
    use("sums", v.sums);
    use("value", v.value);
  }
};

// --- optimizers ---

// One step over flat arrays, in place. values, velocity, grads: f32 [n]; scalars: [steps, rows,
// kScalarColumns] and at: i32 [1], the step in this table (past its end the last one counts), or
// one step [rows, kScalarColumns] without `at`; segments: u8 [count, sizeof(Segment)]. velocity is
// not read or written by a segment whose momentum is 0. Formulas: Keras v = m v - lr g, w += v
// (Nesterov: w += m v - lr g), decay w -= lr wd w first; PyTorch g += wd w, v = m v + g, w -= lr v
// (Nesterov: w -= lr (g + m v)).
struct SgdStep {
  static constexpr const char* kName = "sgd_step";
  View values, velocity;
  ConstView grads, scalars, at = {}, segments;
  SgdParams params = {};
  static void views(auto& v, auto use) {
    use("values", v.values);
    use("velocity", v.velocity);
    use("grads", v.grads);
    use("scalars", v.scalars);
    use("at", v.at, kMayBeEmpty);
    use("segments", v.segments);
  }
};

// As SgdStep; m, v: first and second moments, step: i32 [1], 1 at the first step (advance it
// before). Keras: w -= lr sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + eps); PyTorch: w -= lr /
// (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + eps). Source: Kingma & Ba, arXiv 1412.6980.
struct AdamStep {
  static constexpr const char* kName = "adam_step";
  View values, m, v;
  ConstView grads, scalars, at = {}, step, segments;
  AdamParams params = {};
  static void views(auto& verb, auto use) {
    use("values", verb.values);
    use("m", verb.m);
    use("v", verb.v);
    use("grads", verb.grads);
    use("scalars", verb.scalars);
    use("at", verb.at, kMayBeEmpty);
    use("step", verb.step);
    use("segments", verb.segments);
  }
};

// --- data ---

// Row i of the batch is image order[cursor[0] + i]. x: f32 [B, ...], labels: i32 [B] or empty,
// images: u8 [M, ...], all_labels: i32 [M] or empty, order: i32 [any], cursor: i32 [1]. On the host
// an index out of range is an Error(usage).
struct GatherBatch {
  static constexpr const char* kName = "gather_batch";
  View x, labels = {};
  ConstView images, all_labels = {}, order, cursor;
  GatherParams params = {};
  static void views(auto& v, auto use) {
    use("x", v.x);
    use("labels", v.labels, kMayBeEmpty);
    use("images", v.images);
    use("all_labels", v.all_labels, kMayBeEmpty);
    use("order", v.order);
    use("cursor", v.cursor);
  }
};

// Row i of y is row order[cursor[0] + i] of x, of any type. y: [B, ...], x: [M, ...]; order, cursor
// and errors as in gather_batch.
struct GatherRows {
  static constexpr const char* kName = "gather_rows";
  View y;
  ConstView x, order, cursor;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
    use("order", v.order);
    use("cursor", v.cursor);
  }
};

}  // namespace verb

// Every verb. The interface of a backend, recordings, their printing and timing, the checks at the
// door and the plugins' ABI number follow from this list.
using Verbs =
    VerbList<verb::Fill, verb::Copy, verb::Advance, verb::Unary, verb::UnaryBackward, verb::Binary,
             verb::Reduce, verb::BroadcastTo, verb::Dropout, verb::Matmul, verb::LinearForward,
             verb::LinearBackwardInput, verb::LinearBackwardWeight, verb::Conv2dForward,
             verb::Conv2dBackwardInput, verb::Conv2dBackwardWeight, verb::MaxPool2dForward,
             verb::MaxPool2dBackward, verb::AvgPool2dForward, verb::AvgPool2dBackward,
             verb::BatchNormStatistics, verb::BatchNormActPoolForward,
             verb::BatchNormActPoolBackward, verb::Softmax, verb::SoftmaxBackward,
             verb::SoftmaxCrossEntropyForward, verb::SoftmaxCrossEntropyBackward,
             verb::AccumulateMetrics, verb::AccumulateValue, verb::SgdStep, verb::AdamStep,
             verb::GatherBatch, verb::GatherRows>;

using AnyVerb = VariantOf<Verbs>;

}  // namespace hone
