// sgd_step, adam_step, rmsprop_step: one pass over the flat arrays.
#include "kernels/cpu/cpu_backend.h"

namespace hone::kernels {
namespace {

// The rows of the step in force.
const float* rows_of(const ConstView& scalars, const ConstView& at) {
  return scalar_rows(scalars.as<float>(), scalars.shape[0], scalars.count(), at.as<std::int32_t>());
}

}  // namespace

template <>
void CpuBackend::implement(const verb::SgdStep& v) {
  require_f32(v.values.dtype, "sgd_step");
  const float* rows = rows_of(v.scalars, v.at);
  for (std::int64_t s = 0; s < v.segments.shape[0]; ++s) {
    const Segment& segment = v.segments.as<Segment>()[s];
    const float* row = rows + segment.row * kScalarColumns;
    const SgdRow<float> values{row[kLearningRate], row[kMomentum], row[kWeightDecay]};
    for_parts(segment.count, kPointwisePart, [&](std::int64_t first, std::int64_t count) {
      const std::int64_t at = segment.offset + first;
      float* velocity = values.momentum == 0.0f ? nullptr : v.velocity.as<float>() + at;
      simd_.sgd(v.values.as<float>() + at, velocity, v.grads.as<float>() + at, count, values,
                v.params);
    });
  }
}

template <>
void CpuBackend::implement(const verb::AdamStep& v) {
  require_f32(v.values.dtype, "adam_step");
  const float* rows = rows_of(v.scalars, v.at);
  for (std::int64_t s = 0; s < v.segments.shape[0]; ++s) {
    const Segment& segment = v.segments.as<Segment>()[s];
    const auto row =
        adam_row<float>(rows + segment.row * kScalarColumns, *v.step.as<std::int32_t>(), v.params);
    for_parts(segment.count, kPointwisePart, [&](std::int64_t first, std::int64_t count) {
      const std::int64_t at = segment.offset + first;
      simd_.adam(v.values.as<float>() + at, v.m.as<float>() + at, v.v.as<float>() + at,
                 v.grads.as<float>() + at, count, row);
    });
  }
}

template <>
void CpuBackend::implement(const verb::RmsPropStep& v) {
  require_f32(v.values.dtype, "rmsprop_step");
  const float* rows = rows_of(v.scalars, v.at);
  for (std::int64_t s = 0; s < v.segments.shape[0]; ++s) {
    const Segment& segment = v.segments.as<Segment>()[s];
    const auto row = rmsprop_row<float>(rows + segment.row * kScalarColumns, v.params);
    for_parts(segment.count, kPointwisePart, [&](std::int64_t first, std::int64_t count) {
      const std::int64_t at = segment.offset + first;
      simd_.rmsprop(v.values.as<float>() + at, v.squares.as<float>() + at,
                    v.means ? v.means.as<float>() + at : nullptr,
                    v.velocity ? v.velocity.as<float>() + at : nullptr, v.grads.as<float>() + at,
                    count, row, v.params);
    });
  }
}

}  // namespace hone::kernels
