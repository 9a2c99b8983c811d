// Checks that every op makes at its door. Internal to tensor/ops.
#pragma once

#include "kernels/base/error.h"
#include "tensor/ops.h"
#include "tensor/tape.h"

namespace hone::ops {

// `x` is defined, of floating type, and lives where the bound backend computes. Returns that
// backend.
Backend& check_input(const char* op, const char* name, const Tensor& x);
// Also of the same type as `x`.
void check_like(const char* op, const char* name, const Tensor& other, const Tensor& x);
void check_rank(const char* op, const char* name, const Tensor& x, int rank, const char* layout);
void check_labels(const char* op, const Tensor& labels, std::int64_t rows);

}  // namespace hone::ops
