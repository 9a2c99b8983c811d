// dropout, forward and backward in one: eight elements a thread, as many as a Philox block decides.
#include "kernels/cuda/verb_file.h"

namespace hone::kernels {
namespace {

// step: i32 [1], row: one DropoutRow
__global__ void dropout_kernel(Each<float> y, Each<const float> x, std::int64_t count,
                               Each<const std::int32_t> step, Each<const DropoutRow> row,
                               DropoutParams params, Write write) {
  const DropoutRow of = *row;
  const std::uint32_t threshold = dropout_threshold(of.p);
  const float factor = static_cast<float>(dropout_factor(of.p));
  const auto now = static_cast<std::uint32_t>(*step);
  device::for_each((count + 7) / 8, [=](std::int64_t block) {
    const PhiloxBlock bits = dropout_block(of.seed, params, static_cast<std::uint64_t>(block), now);
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
  launch_each(stream(), "dropout", (v.y.count() + 7) / 8, dropout_kernel, each<float>(v.y),
              each<float>(v.x), v.y.count(), each<std::int32_t>(v.step), each<DropoutRow>(v.row),
              v.params, v.write);
}

}  // namespace hone::kernels
