// The messages of the checks that ops share.
#include "tensor/ops/check.h"

namespace hone::ops {

Backend& check_input(const char* op, const char* name, const Tensor& x) {
  Backend& backend = current_backend();
  check(x.defined(), "{}: {} is undefined", op, name);
  check(&x.device() == &backend.device(),
        "{}: {} lives on device {}, the bound backend computes on {}; load it on that device", op,
        name, x.device().name(), backend.device().name());
  check(x.dtype() == DType::f32 || (x.dtype() == DType::f64 && backend.device().supports_f64()),
        "{}: {} holds {}, device {} computes in f32{}", op, name, name_of(x.dtype()),
        backend.device().name(), x.dtype() == DType::f64 ? "; f64 runs on ref only" : "");
  return backend;
}

void check_like(const char* op, const char* name, const Tensor& other, const Tensor& x) {
  check_input(op, name, other);
  check(other.dtype() == x.dtype(), "{}: {} holds {}, x holds {}", op, name, name_of(other.dtype()),
        name_of(x.dtype()));
}

void check_rank(const char* op, const char* name, const Tensor& x, int rank, const char* layout) {
  check(x.shape().rank() == rank, "{}: {} has shape {}, {} is needed", op, name, x.shape().str(),
        layout);
}

void check_labels(const char* op, const Tensor& labels, std::int64_t rows) {
  check(labels.defined() && labels.dtype() == DType::i32, "{}: labels must be an i32 tensor", op);
  check(labels.shape() == Shape{rows},
        "{}: labels have shape {}, logits have {} rows; one label a row is needed", op,
        labels.shape().str(), rows);
}

}  // namespace hone::ops
