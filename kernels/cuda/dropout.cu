// dropout, forward and backward in one: eight elements a thread, as many as a Philox block decides.
#include "kernels/cuda/verb_file.h"

namespace hone::kernels {
namespace {

// step: i32 [1], row: one DropoutRow
__global__ void dropout_kernel(float* y, const float* x, std::int64_t count,
                               const std::int32_t* step, const DropoutRow* row,
                               DropoutParams params, Write write) {
  const std::uint32_t threshold = dropout_threshold(row->p);
  const float factor = static_cast<float>(dropout_factor(row->p));
  const auto now = static_cast<std::uint32_t>(*step);
  device::for_each((count + 7) / 8, [=](std::int64_t block) {
    const PhiloxBlock bits =
        dropout_block(row->seed, params, static_cast<std::uint64_t>(block), now);
    for (int lane = 0; lane < 8; ++lane) {
      const std::int64_t i = 8 * block + lane;
      if (i >= count) break;
      put(y[i], dropout_lane(bits, lane) >= threshold ? x[i] * factor : 0.0f, write);
    }
  });
}

}  // namespace

template <>
void CudaBackend::implement(const verb::Dropout& v) {
  require_f32(v.y.dtype, "dropout");
  launch_each(stream(), "dropout", (v.y.count() + 7) / 8, dropout_kernel, v.y.as<float>(),
              v.x.as<float>(), v.y.count(), v.step.as<std::int32_t>(), v.row.as<DropoutRow>(),
              v.params, v.write);
}

}  // namespace hone::kernels
