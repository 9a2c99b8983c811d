// The messages of the checks that ops share.
#include "tensor/ops/check.h"

#include <limits>

namespace hone::ops {

void check_on_device(const char* op, const char* name, const Tensor& x) {
  const Backend& backend = current_backend();
  check(&x.device() == &backend.device(),
        "{}: {} lives on device {}, the bound backend computes on {}; load it on that device", op,
        name, x.device().name(), backend.device().name());
}

Backend& check_input(const char* op, const char* name, const Tensor& x) {
  Backend& backend = current_backend();
  check(x.defined(), "{}: {} is undefined", op, name);
  check_on_device(op, name, x);
  check(x.dtype() == DType::f32 || (x.dtype() == DType::f64 && backend.device().supports_f64()),
        "{}: {} holds {}, device {} computes in f32{}", op, name, name_of(x.dtype()),
        backend.device().name(), x.dtype() == DType::f64 ? "; f64 runs on ref only" : "");
  return backend;
}

Backend& check_any(const char* op, const char* name, const Tensor& x) {
  Backend& backend = current_backend();
  check(x.defined(), "{}: {} is undefined", op, name);
  check_on_device(op, name, x);
  return backend;
}

int checked_axis(const char* op, int axis, const Shape& x) {
  const int a = axis < 0 ? axis + x.rank() : axis;
  check(a >= 0 && a < x.rank(), "{}: axis {} does not exist in shape {}", op, axis, x.str());
  return a;
}

Around::Around(const Shape& shape, int axis) : n(shape[axis]) {
  for (int i = 0; i < axis; ++i) outer *= shape[i];
  for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
}

ReducedShapes::ReducedShapes(const char* op, const Shape& x, const std::vector<int>& axes)
    : x_(x), reduced_(static_cast<std::size_t>(x.rank()), axes.empty()) {
  for (const int axis : axes) {
    const auto a = static_cast<std::size_t>(checked_axis(op, axis, x));
    check(!reduced_[a], "{}: axis {} is given twice", op, axis);
    reduced_[a] = true;
  }
}

std::vector<std::int64_t> ReducedShapes::extents(bool keep_axes) const {
  std::vector<std::int64_t> extents;
  for (int i = 0; i < x_.rank(); ++i) {
    if (!reduces(i)) extents.push_back(x_[i]);
    if (reduces(i) && keep_axes) extents.push_back(1);
  }
  return extents;
}

Shape ReducedShapes::shape(bool keep_axes) const {
  const std::vector<std::int64_t> all = extents(keep_axes);
  return Shape(std::span<const std::int64_t>(all));
}

void check_like(const char* op, const char* name, const Tensor& other, const Tensor& x) {
  check_input(op, name, other);
  check(other.dtype() == x.dtype(), "{}: {} holds {}, the first input {}; both need one type", op,
        name, name_of(other.dtype()), name_of(x.dtype()));
}

void check_rank(const char* op, const char* name, const Tensor& x, int rank, const char* layout) {
  check(x.shape().rank() == rank, "{}: {} has shape {}, {} is needed", op, name, x.shape().str(),
        layout);
}

void check_classes(const char* op, const char* name, const Tensor& x, int axis) {
  const std::int64_t classes = x.shape()[axis];
  check(classes >= 1 && classes <= std::numeric_limits<std::int32_t>::max(),
        "{}: {} has shape {}, at least one class and at most 2^31 - 1 are needed in {}", op, name,
        x.shape().str(), axis == -1 ? "the last axis" : fmt::format("axis {}", axis));
}

void check_labels(const char* op, const Tensor& labels, std::int64_t rows) {
  check(labels.defined() && labels.dtype() == DType::i32, "{}: labels must be an i32 tensor", op);
  check(labels.shape() == Shape{rows},
        "{}: labels have shape {}, logits have {} rows; one label a row is needed", op,
        labels.shape().str(), rows);
  check_on_device(op, "labels", labels);
}

ParameterGradients::ParameterGradients(InputGrads& grads, std::size_t of_weight,
                                       std::size_t of_bias) {
  const auto scratch = [&](std::size_t input) {
    scratch_ = Tensor::empty(grads.shape(input), grads.dtype(input));
    // Not NaN, whatever was there.
    if (write == Write::add) current_backend().run(verb::Fill{.y = scratch_.view(), .value = 0});
    return scratch_.view();
  };
  if (!grads.wanted(of_weight)) {
    const GradTarget target = grads.target(of_bias);
    bias = target.view;
    write = target.write;
    weight = scratch(of_weight);
    return;
  }
  const GradTarget target = grads.target(of_weight);
  weight = target.view;
  write = target.write;
  if (!grads.wanted(of_bias)) return;
  const GradTarget other = grads.target(of_bias);
  if (other.write == write) {
    bias = other.view;
  } else {
    detour_ = other;
    bias = scratch(of_bias);
  }
}

void ParameterGradients::finish() const {
  if (detour_.view)
    current_backend().run(
        verb::Copy{.y = detour_.view, .x = scratch_.view(), .write = detour_.write});
}

}  // namespace hone::ops
