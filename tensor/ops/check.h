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
// `x` is defined, of any type, and lives where the bound backend computes. Returns that backend.
Backend& check_any(const char* op, const char* name, const Tensor& x);
// Also of the same type as `x`.
void check_like(const char* op, const char* name, const Tensor& other, const Tensor& x);
void check_rank(const char* op, const char* name, const Tensor& x, int rank, const char* layout);
// The axis counts classes: at least 1, and no more than an i32 label can name.
void check_classes(const char* op, const char* name, const Tensor& x, int axis = -1);
void check_labels(const char* op, const Tensor& labels, std::int64_t rows);

// The axis as 0 .. rank - 1; negative ones count from the end.
int checked_axis(const char* op, int axis, const Shape& x);
// What lies before, at and behind an axis: a tensor seen as [outer, n, inner].
struct Around {
  Around(const Shape& shape, int axis);
  std::int64_t outer = 1, n = 1, inner = 1;
  Shape with(std::int64_t extent) const { return {outer, extent, inner}; }
};
// What a reduction over `axes` (negative ones count from the end; empty: all) makes of a shape.
// Throws Error(usage) for an axis that does not exist or is given twice.
class ReducedShapes {
 public:
  ReducedShapes(const char* op, const Shape& x, const std::vector<int>& axes);
  bool reduces(int axis) const { return reduced_[static_cast<std::size_t>(axis)]; }
  // The reduced axes with extent 1, or gone.
  std::vector<std::int64_t> extents(bool keep_axes) const;
  Shape shape(bool keep_axes) const;

 private:
  Shape x_;
  std::vector<bool> reduced_;
};
// The memory of `x` with another shape of the same count.
inline View as_view(const Tensor& x, const Shape& shape) {
  View view = x.view();
  view.shape = shape;
  return view;
}

// Adds `dy`, summed over the axes along which input i was repeated onto its shape, to the gradient
// of input i.
void add_summed(InputGrads& grads, std::size_t i, const Tensor& dy);

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
