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

ParameterGradients::ParameterGradients(const Tensor& weight_tensor, const Tensor& bias_tensor) {
  if (!wants_grad(weight_tensor)) {
    scratch_ = Tensor::empty(weight_tensor.shape(), weight_tensor.dtype());
    weight = scratch_.view();
    const GradTarget target = grad_target(bias_tensor);
    bias = target.view;
    write = target.write;
    if (write == Write::add)
      current_backend().run(verb::Fill{.y = weight, .value = 0});  // not NaN, whatever was there
    return;
  }
  const GradTarget target = grad_target(weight_tensor);
  weight = target.view;
  write = target.write;
  if (!wants_grad(bias_tensor)) return;
  const GradTarget of_bias = grad_target(bias_tensor);
  if (of_bias.write == write) {
    bias = of_bias.view;
    return;
  }
  detour_ = of_bias;
  scratch_ = Tensor::empty(bias_tensor.shape(), bias_tensor.dtype());
  bias = scratch_.view();
  if (write == Write::add) current_backend().run(verb::Fill{.y = bias, .value = 0});
}

void ParameterGradients::finish() const {
  if (detour_.view)
    current_backend().run(
        verb::Copy{.y = detour_.view, .x = scratch_.view(), .write = detour_.write});
}

}  // namespace hone::ops
