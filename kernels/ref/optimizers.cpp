// sgd_step, adam_step.
#include "kernels/pointwise.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

// params, velocity, grads: [n]; scalars: f32 [rows, kScalarColumns]
void RefBackend::do_sgd_step(View params, View velocity, ConstView grads, ConstView scalars,
                             std::span<const Segment> segments, SgdParams settings) {
  with_float(params.dtype, "sgd_step", [&]<class T>(T) {
    for (const Segment& segment : segments) {
      const float* row = scalars.as<float>() + segment.row * kScalarColumns;
      const SgdRow<T> values{static_cast<T>(row[kLearningRate]), static_cast<T>(row[kMomentum]),
                             static_cast<T>(row[kWeightDecay])};
      T unused = 0;
      for (std::int64_t i = segment.offset; i < segment.offset + segment.count; ++i) {
        T& v = values.momentum == T(0) ? unused : velocity.as<T>()[i];
        sgd_element(params.as<T>()[i], v, grads.as<T>()[i], values, settings);
      }
    }
  });
}

// params, m, v, grads: [n]; scalars: f32 [rows, kScalarColumns]; step: i32 [1]
void RefBackend::do_adam_step(View params, View m, View v, ConstView grads, ConstView scalars,
                              ConstView step, std::span<const Segment> segments,
                              AdamParams settings) {
  with_float(params.dtype, "adam_step", [&]<class T>(T) {
    for (const Segment& segment : segments) {
      const auto row = adam_row<T>(scalars.as<float>() + segment.row * kScalarColumns,
                                   *step.as<std::int32_t>(), settings);
      for (std::int64_t i = segment.offset; i < segment.offset + segment.count; ++i)
        adam_element(params.as<T>()[i], m.as<T>()[i], v.as<T>()[i], grads.as<T>()[i], row);
    }
  });
}

}  // namespace hone::kernels
