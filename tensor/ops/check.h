// Checks that every op makes at its door. Internal to tensor/ops.
#pragma once

#include "base/error.h"
#include "tensor/ops.h"
#include "tensor/tape.h"

namespace hone::ops {

// `x` is defined, of floating type, and lives where the bound backend computes. Returns that
// backend.
Backend& check_input(const char* op, const char* name, const Tensor& x);
// `x`, of any type, lives where the bound backend computes.
void check_on_device(const char* op, const char* name, const Tensor& x);
// Also of the same type as `x`.
void check_like(const char* op, const char* name, const Tensor& other, const Tensor& x);
void check_rank(const char* op, const char* name, const Tensor& x, int rank, const char* layout);
// The last axis counts classes: at least 1, and no more than an i32 label can name.
void check_classes(const char* op, const char* name, const Tensor& x);
void check_labels(const char* op, const Tensor& labels, std::int64_t rows);

inline bool wants_grad(const Tensor& input) { return input.defined() && input.requires_grad(); }
// What a backward captures of a tensor that it reads only sometimes.
inline Tensor saved_if(bool needed, const Tensor& x) { return needed ? x : Tensor(); }

// Where a verb that computes the gradients of a weight and a bias together, with one Write, puts
// them. A gradient that is not wanted, or that would need the other Write (a weight that two layers
// share, with a bias each), takes a detour through scratch memory. One of the two must be wanted.
class ParameterGradients {
 public:
  // `weight` and `bias`: places among the inputs of record().
  ParameterGradients(InputGrads& grads, std::size_t weight, std::size_t bias);
  View weight;
  View bias;  // empty without a bias, or when it wants no gradient
  Write write;
  // After the verb: adds what took the detour.
  void finish() const;

 private:
  Tensor scratch_;
  GradTarget detour_{};
};

}  // namespace hone::ops
