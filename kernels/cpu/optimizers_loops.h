// One step of SGD, Adam and RMSprop over a part of the flat arrays.
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

void rmsprop(float* __restrict w, float* __restrict squares, float* __restrict means,
             float* __restrict velocity, const float* __restrict g, std::int64_t n,
             const RmsPropRow<float>& row, RmsPropParams settings) {
  const RmsPropRow<float> values = row;
  if (means == nullptr && velocity == nullptr) {
    for (std::int64_t i = 0; i < n; ++i) {
      float mean = 0, moved = 0;
      rmsprop_element(w[i], squares[i], mean, moved, g[i], values, settings);
    }
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) {
    float unused = 0;
    rmsprop_element(w[i], squares[i], means == nullptr ? unused : means[i],
                    velocity == nullptr ? unused : velocity[i], g[i], values, settings);
  }
}

}  // namespace
}  // namespace hone::kernels::HONE_ISA
