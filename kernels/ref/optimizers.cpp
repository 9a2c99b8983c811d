// sgd_step, adam_step, rmsprop_step.
#include "kernels/pointwise.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {
namespace {

// The rows of the step in force.
const float* rows_of(const ConstView& scalars, const ConstView& at) {
  return scalar_rows(scalars.as<float>(), scalars.shape[0], scalars.count(), at.as<std::int32_t>());
}

}  // namespace

// values, velocity, grads: [n]; scalars: f32 [steps, rows, kScalarColumns]
template <>
void RefBackend::implement(const verb::SgdStep& v) {
  const float* rows = rows_of(v.scalars, v.at);
  with_float(v.values.dtype, "sgd_step", [&]<class T>(T) {
    for (std::int64_t s = 0; s < v.segments.shape[0]; ++s) {
      const Segment& segment = v.segments.as<Segment>()[s];
      const float* row = rows + segment.row * kScalarColumns;
      const SgdRow<T> values{static_cast<T>(row[kLearningRate]), static_cast<T>(row[kMomentum]),
                             static_cast<T>(row[kWeightDecay])};
      T unused = 0;
      for (std::int64_t i = segment.offset; i < segment.offset + segment.count; ++i) {
        T& velocity = values.momentum == T(0) ? unused : v.velocity.as<T>()[i];
        sgd_element(v.values.as<T>()[i], velocity, v.grads.as<T>()[i], values, v.params);
      }
    }
  });
}

// values, m, v, grads: [n]; scalars: f32 [steps, rows, kScalarColumns]; step: i32 [1]
template <>
void RefBackend::implement(const verb::AdamStep& v) {
  const float* rows = rows_of(v.scalars, v.at);
  with_float(v.values.dtype, "adam_step", [&]<class T>(T) {
    for (std::int64_t s = 0; s < v.segments.shape[0]; ++s) {
      const Segment& segment = v.segments.as<Segment>()[s];
      const auto row =
          adam_row<T>(rows + segment.row * kScalarColumns, *v.step.as<std::int32_t>(), v.params);
      for (std::int64_t i = segment.offset; i < segment.offset + segment.count; ++i)
        adam_element(v.values.as<T>()[i], v.m.as<T>()[i], v.v.as<T>()[i], v.grads.as<T>()[i], row);
    }
  });
}

// values, squares, means, velocity, grads: [n]; scalars: f32 [steps, rows, kScalarColumns]
template <>
void RefBackend::implement(const verb::RmsPropStep& v) {
  const float* rows = rows_of(v.scalars, v.at);
  with_float(v.values.dtype, "rmsprop_step", [&]<class T>(T) {
    T unused = 0;
    for (std::int64_t s = 0; s < v.segments.shape[0]; ++s) {
      const Segment& segment = v.segments.as<Segment>()[s];
      const auto row = rmsprop_row<T>(rows + segment.row * kScalarColumns, v.params);
      for (std::int64_t i = segment.offset; i < segment.offset + segment.count; ++i)
        rmsprop_element(
            v.values.as<T>()[i], v.squares.as<T>()[i], v.means ? v.means.as<T>()[i] : unused,
            v.velocity ? v.velocity.as<T>()[i] : unused, v.grads.as<T>()[i], row, v.params);
    }
  });
}

}  // namespace hone::kernels
