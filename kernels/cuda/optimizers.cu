// sgd_step, adam_step, rmsprop_step: one pass over the flat arrays; an element looks for its
// segments.
#include "kernels/cuda/verb_file.h"

namespace hone::kernels {
namespace {

// Calls step(segment) for each segment that holds element i, in their order.
template <class Step>
__device__ void for_segments(const Segment* segments, std::int64_t count, std::int64_t i,
                             Step step) {
  for (std::int64_t s = 0; s < count; ++s)
    if (i >= segments[s].offset && i < segments[s].offset + segments[s].count) step(segments[s]);
}

// The scalar table and the step in it; see verb::SgdStep.
struct Table {
  const float* scalars;
  std::int64_t steps, count;
  const std::int32_t* at;

  Table(const ConstView& scalars_, const ConstView& at_)
      : scalars(scalars_.as<float>()),
        steps(scalars_.shape[0]),
        count(scalars_.count()),
        at(at_.as<std::int32_t>()) {}
  std::int64_t rows() const { return (at == nullptr ? count : count / steps) / kScalarColumns; }
};

__global__ void sgd_kernel(float* values, float* velocity, const float* grads, std::int64_t count,
                           Table table, const Segment* segments, std::int64_t segment_count,
                           SgdParams params) {
  const float* rows = scalar_rows(table.scalars, table.steps, table.count, table.at);
  device::for_each(count, [=](std::int64_t i) {
    for_segments(segments, segment_count, i, [=](const Segment& segment) {
      const float* row = rows + segment.row * kScalarColumns;
      const SgdRow<float> scalars{row[kLearningRate], row[kMomentum], row[kWeightDecay]};
      float unused = 0;
      sgd_element(values[i], scalars.momentum == 0.0f ? unused : velocity[i], grads[i], scalars,
                  params);
    });
  });
}

// What depends on the step alone, once for each row of the table.
__global__ void adam_rows_kernel(AdamRow<float>* worked_out, std::int64_t rows, Table table,
                                 const std::int32_t* step, AdamParams params) {
  const float* scalars = scalar_rows(table.scalars, table.steps, table.count, table.at);
  device::for_each(rows, [=](std::int64_t i) {
    worked_out[i] = adam_row<float>(scalars + i * kScalarColumns, *step, params);
  });
}

__global__ void adam_kernel(float* values, float* m, float* v, const float* grads,
                            std::int64_t count, const AdamRow<float>* rows, const Segment* segments,
                            std::int64_t segment_count) {
  device::for_each(count, [=](std::int64_t i) {
    for_segments(segments, segment_count, i, [=](const Segment& segment) {
      adam_element(values[i], m[i], v[i], grads[i], rows[segment.row]);
    });
  });
}

// means, velocity: null where they are not used.
__global__ void rmsprop_kernel(float* values, float* squares, float* means, float* velocity,
                               const float* grads, std::int64_t count, Table table,
                               const Segment* segments, std::int64_t segment_count,
                               RmsPropParams params) {
  const float* rows = scalar_rows(table.scalars, table.steps, table.count, table.at);
  device::for_each(count, [=](std::int64_t i) {
    for_segments(segments, segment_count, i, [=](const Segment& segment) {
      const auto row = rmsprop_row<float>(rows + segment.row * kScalarColumns, params);
      float unused_mean = 0, unused_velocity = 0;
      rmsprop_element(values[i], squares[i], means == nullptr ? unused_mean : means[i],
                      velocity == nullptr ? unused_velocity : velocity[i], grads[i], row, params);
    });
  });
}

}  // namespace

// values, velocity, grads: [n]; scalars: f32 [steps, rows, kScalarColumns]
template <>
void CudaBackend::implement(const verb::SgdStep& v) {
  require_f32(v.values.dtype, "sgd_step");
  launch_each(stream(), "sgd_step", v.values.count(), sgd_kernel, v.values.as<float>(),
              v.velocity.as<float>(), v.grads.as<float>(), v.values.count(), Table(v.scalars, v.at),
              v.segments.as<Segment>(), v.segments.shape[0], v.params);
}

template <>
void CudaBackend::implement(const verb::AdamStep& v) {
  require_f32(v.values.dtype, "adam_step");
  const Table table(v.scalars, v.at);
  const std::int64_t rows = table.rows();
  const Workspace::Scope scope(workspace());
  auto* worked_out = workspace().take_array<AdamRow<float>>(rows);
  launch_each(stream(), "adam rows", rows, adam_rows_kernel, worked_out, rows, table,
              v.step.as<std::int32_t>(), v.params);
  launch_each(stream(), "adam_step", v.values.count(), adam_kernel, v.values.as<float>(),
              v.m.as<float>(), v.v.as<float>(), v.grads.as<float>(), v.values.count(), worked_out,
              v.segments.as<Segment>(), v.segments.shape[0]);
}

template <>
void CudaBackend::implement(const verb::RmsPropStep& v) {
  require_f32(v.values.dtype, "rmsprop_step");
  launch_each(stream(), "rmsprop_step", v.values.count(), rmsprop_kernel, v.values.as<float>(),
              v.squares.as<float>(), v.means.as<float>(), v.velocity.as<float>(),
              v.grads.as<float>(), v.values.count(), Table(v.scalars, v.at),
              v.segments.as<Segment>(), v.segments.shape[0], v.params);
}

}  // namespace hone::kernels
