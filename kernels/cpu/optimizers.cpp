// sgd_step, adam_step: one pass over the flat arrays.
#include "kernels/cpu/cpu_backend.h"

namespace hone::kernels {

void CpuBackend::do_sgd_step(View params, View velocity, ConstView grads, ConstView scalars,
                             std::span<const Segment> segments, SgdParams settings) {
  require_f32(params.dtype, "sgd_step");
  for (const Segment& segment : segments) {
    const float* row = scalars.as<float>() + segment.row * kScalarColumns;
    const SgdRow<float> values{row[kLearningRate], row[kMomentum], row[kWeightDecay]};
    for_parts(segment.count, kPointwisePart, [&](std::int64_t first, std::int64_t count) {
      const std::int64_t at = segment.offset + first;
      float* v = values.momentum == 0.0f ? nullptr : velocity.as<float>() + at;
      simd_.sgd(params.as<float>() + at, v, grads.as<float>() + at, count, values, settings);
    });
  }
}

void CpuBackend::do_adam_step(View params, View m, View v, ConstView grads, ConstView scalars,
                              ConstView step, std::span<const Segment> segments,
                              AdamParams settings) {
  require_f32(params.dtype, "adam_step");
  for (const Segment& segment : segments) {
    const auto row = adam_row<float>(scalars.as<float>() + segment.row * kScalarColumns,
                                     *step.as<std::int32_t>(), settings);
    for_parts(segment.count, kPointwisePart, [&](std::int64_t first, std::int64_t count) {
      const std::int64_t at = segment.offset + first;
      simd_.adam(params.as<float>() + at, m.as<float>() + at, v.as<float>() + at,
                 grads.as<float>() + at, count, row);
    });
  }
}

}  // namespace hone::kernels
