// Losses made of other ops. None of them takes a logarithm of a probability, so they hold at any
// scale.
#include <limits>

#include "tensor/ops/check.h"

namespace hone::ops {
namespace {

void check_pair(const char* op, const char* name, const Tensor& x, const char* other,
                const Tensor& y) {
  check_input(op, name, x);
  check_like(op, other, y, x);
  check(x.shape() == y.shape(), "{}: {} has shape {}, {} {}; both need one", op, name,
        x.shape().str(), other, y.shape().str());
  check(x.count() > 0, "{}: {} has shape {}, a batch must not be empty", op, name, x.shape().str());
}

void check_weights(const char* op, const Tensor& weights, const Tensor& like, std::int64_t rows) {
  check_like(op, "weights", weights, like);
  check(weights.shape() == Shape{rows}, "{}: weights have shape {}, {} samples need one each", op,
        weights.shape().str(), rows);
}

// sum(weights * values) / sum(by), 0 when the weights are all 0. [N] each
Tensor weighted_mean(const Tensor& values, const Tensor& weights, const Tensor& by) {
  const double least = static_cast<double>(std::numeric_limits<float>::min());
  const Tensor total = maximum(sum(by), Tensor::full(Shape{}, least, by.dtype()));
  return divide(sum(multiply(values, weights)), total);
}

// The mean of all, or the weighted mean of the samples' means.
Tensor reduced(const char* op, const Tensor& values, const Tensor& weights) {
  if (!weights.defined()) return mean(values);
  check(values.shape().rank() >= 1, "{}: weights are given, but there is no axis of samples", op);
  const std::int64_t rows = values.shape()[0];
  check_weights(op, weights, values, rows);
  const Tensor each = mean(reshape(values, {rows, values.count() / rows}), {1});
  return weighted_mean(each, weights, weights);
}

}  // namespace

Tensor mse(const Tensor& prediction, const Tensor& target, const Tensor& weights) {
  check_pair("mse", "prediction", prediction, "target", target);
  return reduced("mse", square(subtract(prediction, target)), weights);
}

Tensor mae(const Tensor& prediction, const Tensor& target, const Tensor& weights) {
  check_pair("mae", "prediction", prediction, "target", target);
  return reduced("mae", abs(subtract(prediction, target)), weights);
}

Tensor huber(const Tensor& prediction, const Tensor& target, double delta, const Tensor& weights) {
  check_pair("huber", "prediction", prediction, "target", target);
  check(delta > 0, "huber: delta is {}, it must be above 0", delta);
  // With c the difference kept in -delta .. delta: c (d - c / 2) is d^2 / 2 inside of it and
  // delta (|d| - delta / 2) outside.
  const Tensor distance = subtract(prediction, target);
  const Tensor kept = clamp(distance, -delta, delta);
  return reduced("huber", multiply(kept, subtract(distance, scale(kept, 0.5))), weights);
}

Tensor binary_cross_entropy(const Tensor& logits, const Tensor& targets,
                            const BinaryCrossEntropyOptions& options) {
  const char* name = "binary_cross_entropy";
  check_pair(name, "logits", logits, "targets", targets);
  const double s = options.label_smoothing;
  check(s >= 0 && s <= 1, "{}: label_smoothing is {}, it must be 0 to 1", name, s);
  const Tensor t = s == 0 ? targets : shift(scale(targets, 1 - s), s / 2);
  // -log sigmoid(x) = softplus(-x), and -log(1 - sigmoid(x)) = softplus(x).
  Tensor of_one = multiply(t, softplus(negate(logits)));
  if (options.positive_weights.defined()) {
    check_like(name, "positive_weights", options.positive_weights, logits);
    of_one = multiply(of_one, options.positive_weights);
    check(of_one.shape() == logits.shape(),
          "{}: positive_weights have shape {}, they must broadcast onto the logits {}", name,
          options.positive_weights.shape().str(), logits.shape().str());
  }
  const Tensor of_zero = multiply(shift(negate(t), 1), softplus(logits));
  return reduced(name, add(of_one, of_zero), options.weights);
}

Tensor soft_cross_entropy(const Tensor& logits, const Tensor& targets, const Tensor& weights) {
  check_pair("soft_cross_entropy", "logits", logits, "targets", targets);
  check_rank("soft_cross_entropy", "logits", logits, 2, "[N, C]");
  const Tensor each = sum(multiply(targets, negate(log_softmax(logits))), {1});
  return reduced("soft_cross_entropy", each, weights);
}

Tensor cross_entropy(const Tensor& logits, const Tensor& labels,
                     const CrossEntropyOptions& options) {
  const char* name = "cross_entropy";
  const double s = options.label_smoothing;
  const Tensor& of_classes = options.class_weights;
  check(s >= 0 && s <= 1, "{}: label_smoothing is {}, it must be 0 to 1", name, s);
  if (s == 0 && !options.ignore_index && !of_classes.defined() && !options.weights.defined())
    return softmax_cross_entropy(logits, labels);
  check_input(name, "logits", logits);
  check_rank(name, "logits", logits, 2, "[N, C]");
  check_classes(name, "logits", logits);
  const std::int64_t rows = logits.shape()[0], classes = logits.shape()[1];
  check(rows > 0, "{}: logits have shape {}, a batch must not be empty", name,
        logits.shape().str());
  check_labels(name, labels, rows);
  if (options.weights.defined()) check_weights(name, options.weights, logits, rows);

  Tensor ignored, label = labels;
  if (options.ignore_index) {
    ignored = equal(labels, Tensor::full(Shape{}, *options.ignore_index, DType::i32));
    label = where(ignored, Tensor::zeros(Shape{}, DType::i32), labels);
  }
  const Tensor minus_logs = negate(log_softmax(logits));
  // What each label weighs by its class; what each sample weighs besides.
  Tensor by_class = Tensor::full(Shape{rows}, 1, logits.dtype()), smoothed;
  if (of_classes.defined()) {
    check_like(name, "class_weights", of_classes, logits);
    check(of_classes.shape() == Shape{classes}, "{}: class_weights have shape {}, [{}] is needed",
          name, of_classes.shape().str(), classes);
    by_class = take(of_classes, label);
  }
  Tensor values = reshape(gather(minus_logs, reshape(label, {rows, 1}), 1), {rows});
  values = multiply(values, by_class);
  if (s > 0) {
    smoothed = mean(of_classes.defined() ? multiply(minus_logs, of_classes) : minus_logs, {1});
    values = add(scale(values, 1 - s), scale(smoothed, s));
  }
  Tensor weights =
      options.weights.defined() ? options.weights : Tensor::full(Shape{rows}, 1, logits.dtype());
  if (ignored.defined()) {
    const Tensor zero = Tensor::zeros(Shape{}, logits.dtype());
    values = where(ignored, zero, values);
    weights = where(ignored, zero, weights);
  }
  return weighted_mean(values, weights, multiply(weights, by_class));
}

}  // namespace hone::ops
