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
  Each<const float> scalars;
  std::int64_t steps, count;
  Each<const std::int32_t> at;
  std::int64_t rows;  // of a step

  Table(const ConstView& scalars_, const ConstView& at_)
      : scalars(each<float>(scalars_)),
        steps(scalars_.shape[0]),
        count(scalars_.count()),
        at(each<std::int32_t>(at_)),
        rows((at_ ? count / steps : count) / kScalarColumns) {}
  // Of the step that counts now.
  __device__ const float* now() const { return scalar_rows(scalars, steps, count, at); }
};

__global__ void sgd_kernel(Each<float> values, Each<float> velocity, Each<const float> grads,
                           std::int64_t count, Table table, Each<const Segment> segments,
                           std::int64_t segment_count, SgdParams params) {
  const float* rows = table.now();
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
__global__ void adam_rows_kernel(Each<AdamRow<float>> worked_out, Table table,
                                 Each<const std::int32_t> step, AdamParams params) {
  const float* scalars = table.now();
  device::for_each(table.rows, [=](std::int64_t i) {
    worked_out[i] = adam_row<float>(scalars + i * kScalarColumns, *step, params);
  });
}

__global__ void adam_kernel(Each<float> values, Each<float> m, Each<float> v,
                            Each<const float> grads, std::int64_t count,
                            Each<const AdamRow<float>> rows, Each<const Segment> segments,
                            std::int64_t segment_count) {
  device::for_each(count, [=](std::int64_t i) {
    for_segments(segments, segment_count, i, [=](const Segment& segment) {
      adam_element(values[i], m[i], v[i], grads[i], rows[segment.row]);
    });
  });
}

// means, velocity: null where they are not used.
__global__ void rmsprop_kernel(Each<float> values, Each<float> squares, Each<float> means,
                               Each<float> velocity, Each<const float> grads, std::int64_t count,
                               Table table, Each<const Segment> segments,
                               std::int64_t segment_count, RmsPropParams params) {
  const float* rows = table.now();
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
  launch_each(stream(), "sgd_step", v.values.count(), sgd_kernel, each<float>(v.values),
              each<float>(v.velocity), each<float>(v.grads), v.values.count(),
              Table(v.scalars, v.at), each<Segment>(v.segments), v.segments.shape[0], v.params);
}

template <>
void CudaBackend::implement(const verb::AdamStep& v) {
  require_f32(v.values.dtype, "adam_step");
  const Table table(v.scalars, v.at);
  const Workspace::Scope scope(workspace());
  const auto worked_out = scratch<AdamRow<float>>(table.rows, v.values.models);
  launch_each(stream(), "adam rows", table.rows, adam_rows_kernel, worked_out, table,
              each<std::int32_t>(v.step), v.params);
  launch_each(stream(), "adam_step", v.values.count(), adam_kernel, each<float>(v.values),
              each<float>(v.m), each<float>(v.v), each<float>(v.grads), v.values.count(),
              worked_out, each<Segment>(v.segments), v.segments.shape[0]);
}

template <>
void CudaBackend::implement(const verb::RmsPropStep& v) {
  require_f32(v.values.dtype, "rmsprop_step");
  launch_each(stream(), "rmsprop_step", v.values.count(), rmsprop_kernel, each<float>(v.values),
              each<float>(v.squares), each<float>(v.means), each<float>(v.velocity),
              each<float>(v.grads), v.values.count(), Table(v.scalars, v.at),
              each<Segment>(v.segments), v.segments.shape[0], v.params);
}

}  // namespace hone::kernels
