// Element by element: unary and binary operations, fills, bias and ReLU. Written so that the
// compiler vectorises them with the flags of the including unit.
#pragma once

#include "kernels/cpu/isa/vectors.h"
#include "kernels/pointwise.h"

namespace hone::kernels::HONE_ISA {
namespace {

template <class Op>
void unary_loop(float* y, const float* x, std::int64_t n, Op op) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = op.forward(x[i]);
}

void unary(float* y, const float* x, std::int64_t n, UnaryParams params) {
  with_unary_op<float>(params, [=](auto op) { unary_loop(y, x, n, op); });
}

template <class Op>
void unary_backward_loop(float* dx, const float* dy, const float* x, const float* y, std::int64_t n,
                         Op op, Write write) {
  if (write == Write::set) {
    for (std::int64_t i = 0; i < n; ++i) dx[i] = op.backward(dy[i], x[i], y[i]);
  } else {
    for (std::int64_t i = 0; i < n; ++i) dx[i] += op.backward(dy[i], x[i], y[i]);
  }
}

void unary_backward(float* dx, const float* dy, const float* x, const float* y, std::int64_t n,
                    UnaryParams params, Write write) {
  with_unary_op<float>(params, [=](auto op) { unary_backward_loop(dx, dy, x, y, n, op, write); });
}

template <class Op>
void binary_loop(float* y, const float* a, const float* b, std::int64_t n, int step_a, int step_b,
                 Op op) {
  if (step_a == 1 && step_b == 1) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = op(a[i], b[i]);
  } else if (step_a == 1) {
    const float value = *b;
    for (std::int64_t i = 0; i < n; ++i) y[i] = op(a[i], value);
  } else if (step_b == 1) {
    const float value = *a;
    for (std::int64_t i = 0; i < n; ++i) y[i] = op(value, b[i]);
  } else {
    const float value = op(*a, *b);
    for (std::int64_t i = 0; i < n; ++i) y[i] = value;
  }
}

void binary(float* y, const float* a, const float* b, std::int64_t n, int step_a, int step_b,
            BinaryOp op) {
  with_binary_op<float>(op, [=](auto f) { binary_loop(y, a, b, n, step_a, step_b, f); });
}

void accumulate(float* y, const float* x, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] += x[i];
}

void multiply_accumulate(float* __restrict y, const float* __restrict a, const float* __restrict b,
                         std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] += a[i] * b[i];
}

void put_value(float* y, float value, std::int64_t n, Write write) {
  if (write == Write::set) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = value;
  } else {
    for (std::int64_t i = 0; i < n; ++i) y[i] += value;
  }
}

void bias_relu(float* __restrict y, const float* __restrict b, std::int64_t rows,
               std::int64_t columns, bool relu) {
  for (std::int64_t r = 0; r < rows; ++r, y += columns) {
    if (b != nullptr && relu) {
      for (std::int64_t c = 0; c < columns; ++c) y[c] = relu_of(y[c] + b[c]);
    } else if (b != nullptr) {
      for (std::int64_t c = 0; c < columns; ++c) y[c] += b[c];
    } else if (relu) {
      for (std::int64_t c = 0; c < columns; ++c) y[c] = relu_of(y[c]);
    }
  }
}

void relu_mask(float* __restrict out, const float* __restrict dy, const float* __restrict y,
               std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = y[i] > 0.0f ? dy[i] : 0.0f;
}

}  // namespace
}  // namespace hone::kernels::HONE_ISA
