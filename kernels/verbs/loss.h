// Softmax, cross-entropy and the sums of metrics.
#pragma once

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

// y = softmax of each row, or its logarithm. y, x: [N, C]
struct Softmax {
  static constexpr const char* kName = "softmax";
  View y;
  ConstView x;
  SoftmaxParams params = {};
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("x", v.x);
  }
};

// dx from dy and y: y (dy - sum(dy y)), or of the logarithm dy - exp(y) sum(dy).
struct SoftmaxBackward {
  static constexpr const char* kName = "softmax_backward";
  View dx;
  ConstView dy, y;
  SoftmaxParams params = {};
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

}  // namespace verb
}  // namespace hone
