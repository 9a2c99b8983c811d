// random: uniform and normal numbers, four a thread, as many as a Philox block gives.
#include "kernels/cuda/verb_file.h"

namespace hone::kernels {
namespace {

// step: i32 [1] or null
__global__ void random_kernel(Each<float> y, std::int64_t count, Each<const std::int32_t> step,
                              RandomParams params) {
  const std::uint32_t now = step == nullptr ? 0 : static_cast<std::uint32_t>(*step);
  device::for_each((count + 3) / 4, [=](std::int64_t block) {
    float four[4];
    random_block(four, params, static_cast<std::uint64_t>(block), now);
    for (int lane = 0; lane < 4; ++lane)
      if (4 * block + lane < count) y[4 * block + lane] = four[lane];
  });
}

}  // namespace

template <>
void CudaBackend::implement(const verb::Random& v) {
  require_f32(v.y.dtype, "random");
  launch_each(stream(), "random", (v.y.count() + 3) / 4, random_kernel, each<float>(v.y),
              v.y.count(), each<std::int32_t>(v.step), v.params);
}

}  // namespace hone::kernels
