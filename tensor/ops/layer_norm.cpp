// Normalisation of each sample by itself: over its last axes, or over groups of channels.
#include "tensor/ops/check.h"

namespace hone::ops {
namespace {

// Each row with mean 0 and variance 1. x: [rows, n]. With h the output and s the deviation,
// dx = (g - mean(g) - h mean(g h)) / s for each row.
Tensor normalized_rows(const char* name, const Tensor& x, double epsilon) {
  Tensor y, deviation;
  {
    const NoGrad no_grad;
    const Tensor distance = subtract(x, mean(x, {1}, true));
    deviation = sqrt(shift(mean(square(distance), {1}, true), epsilon));  // [rows, 1]
    y = divide(distance, deviation);
  }
  record(name, y, {x}, [y = y.detach(), deviation](const Tensor& dy, InputGrads& grads) {
    const Tensor along = multiply(y, mean(multiply(dy, y), {1}, true));
    const Tensor rest = subtract(subtract(dy, mean(dy, {1}, true)), along);
    grads.give(0, divide(rest, deviation));
  });
  return y;
}

void check_affine(const char* op, const Tensor& x, const Tensor& scale, const Tensor& shift,
                  double epsilon) {
  check_input(op, "x", x);
  check_like(op, "scale", scale, x);
  check_like(op, "shift", shift, x);
  check(scale.shape() == shift.shape(), "{}: scale has shape {}, shift {}; both need one", op,
        scale.shape().str(), shift.shape().str());
  check(epsilon > 0, "{}: epsilon is {}, it must be above 0", op, epsilon);
}

std::vector<std::int64_t> extents_of(const Shape& shape) { return {shape.begin(), shape.end()}; }

}  // namespace

Tensor layer_norm(const Tensor& x, const Tensor& scale, const Tensor& shift, double epsilon) {
  check_affine("layer_norm", x, scale, shift, epsilon);
  const int rank = scale.shape().rank();
  bool fits = rank >= 1 && rank <= x.shape().rank() && scale.count() > 0;
  for (int i = 1; i <= rank && fits; ++i) fits = scale.shape()[-i] == x.shape()[-i];
  check(fits, "layer_norm: scale has shape {}, x {}; scale needs the last axes of x",
        scale.shape().str(), x.shape().str());
  const Tensor rows = reshape(x, {x.count() / scale.count(), scale.count()});
  const Tensor normal = normalized_rows("layer_norm", rows, epsilon);
  return add(multiply(reshape(normal, extents_of(x.shape())), scale), shift);
}

Tensor group_norm(const Tensor& x, const Tensor& scale, const Tensor& shift, int groups,
                  double epsilon) {
  check_affine("group_norm", x, scale, shift, epsilon);
  check(x.shape().rank() >= 2 && scale.shape() == Shape{x.shape()[-1]},
        "group_norm: x has shape {}, scale {}; [N, ..., C] and [C] are needed", x.shape().str(),
        scale.shape().str());
  const std::int64_t n = x.shape()[0], channels = x.shape()[-1];
  check(
      groups >= 1 && channels >= 1 && channels % groups == 0 && x.count() > 0,
      "group_norm: {} groups of {} channels (x {}); the channels must be a multiple of the groups",
      groups, channels, x.shape().str());
  const std::int64_t positions = x.count() / (n * channels), each = channels / groups;
  const Tensor apart = reshape(x, {n, positions, groups, each});
  const Tensor together = transpose(apart, {0, 2, 1, 3});
  const Tensor normal =
      normalized_rows("group_norm", reshape(together, {n * groups, positions * each}), epsilon);
  const Tensor back = transpose(reshape(normal, {n, groups, positions, each}), {0, 2, 1, 3});
  return add(multiply(reshape(back, extents_of(x.shape())), scale), shift);
}

}  // namespace hone::ops
