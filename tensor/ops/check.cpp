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

void check_like(const char* op, const char* name, const Tensor& other, const Tensor& x) {
  check_input(op, name, other);
  check(other.dtype() == x.dtype(), "{}: {} holds {}, the first input {}; both need one type", op,
        name, name_of(other.dtype()), name_of(x.dtype()));
}

void check_rank(const char* op, const char* name, const Tensor& x, int rank, const char* layout) {
  check(x.shape().rank() == rank, "{}: {} has shape {}, {} is needed", op, name, x.shape().str(),
        layout);
}

void check_classes(const char* op, const char* name, const Tensor& x) {
  check(x.shape()[-1] >= 1 && x.shape()[-1] <= std::numeric_limits<std::int32_t>::max(),
        "{}: {} has shape {}, at least one class and at most 2^31 - 1 are needed in the last axis",
        op, name, x.shape().str());
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
