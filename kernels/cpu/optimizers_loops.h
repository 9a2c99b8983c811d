// One step of SGD and of Adam over a part of the flat arrays.
#pragma once

#include "kernels/cpu/isa/vectors.h"
#include "kernels/pointwise.h"

namespace hone::kernels::HONE_ISA {
namespace {

void sgd(float* __restrict w, float* __restrict velocity, const float* __restrict g, std::int64_t n,
         SgdRow<float> row, SgdParams settings) {
  if (row.momentum == 0.0f) {
    for (std::int64_t i = 0; i < n; ++i) {
      float unused = 0;
      sgd_element(w[i], unused, g[i], row, settings);
    }
  } else {
    for (std::int64_t i = 0; i < n; ++i) sgd_element(w[i], velocity[i], g[i], row, settings);
  }
}

void adam(float* __restrict w, float* __restrict m, float* __restrict v, const float* __restrict g,
          std::int64_t n, const AdamRow<float>& row) {
  const AdamRow<float> values = row;
  for (std::int64_t i = 0; i < n; ++i) adam_element(w[i], m[i], v[i], g[i], values);
}

}  // namespace
}  // namespace hone::kernels::HONE_ISA
