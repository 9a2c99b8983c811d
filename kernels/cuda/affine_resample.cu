// affine_resample: pictures seen through maps, an element a thread.
#include "kernels/augment.h"
#include "kernels/cuda/verb_file.h"

namespace hone::kernels {
namespace {

// y, x: [B, height, width, channels], maps: [B, 6]
__global__ void resample_kernel(Each<float> y, Each<const float> x, Each<const float> maps,
                                std::int64_t count, std::int64_t height, std::int64_t width,
                                std::int64_t channels, float fill) {
  device::for_each(count, [=](std::int64_t i) {
    const std::int64_t channel = i % channels, column = i / channels % width;
    const std::int64_t row = i / channels / width % height, n = i / channels / width / height;
    const SourcePixel at = source_pixel(maps + 6 * n, height, width, row, column);
    y[i] = bilinear(x + n * height * width * channels, height, width, channels, at, channel, fill);
  });
}

}  // namespace

template <>
void CudaBackend::implement(const verb::AffineResample& v) {
  require_f32(v.y.dtype, "affine_resample");
  launch_each(stream(), "affine_resample", v.y.count(), resample_kernel, each<float>(v.y),
              each<float>(v.x), each<float>(v.maps), v.y.count(), v.x.shape[1], v.x.shape[2],
              v.x.shape[3], v.fill);
}

}  // namespace hone::kernels
