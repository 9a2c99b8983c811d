// avgpool2d, forward and backward: one chunk per image.
#include <cstring>

#include "kernels/cpu/cpu_backend.h"

namespace hone::kernels {

template <>
void CpuBackend::implement(const verb::AvgPool2dForward& v) {
  require_f32(v.y.dtype, "avgpool2d_forward");
  const std::int64_t width = v.x.shape[2], channels = v.x.shape[3];
  const int kernel = v.params.kernel;
  const float share = 1.0f / static_cast<float>(kernel * kernel);
  for_parts(v.y.shape[0], 1, [&](std::int64_t n, std::int64_t) {
    const float* image = v.x.as<float>() + n * v.x.shape[1] * width * channels;  // [H, W, C]
    float* out = v.y.as<float>() + n * v.y.shape[1] * v.y.shape[2] * channels;   // [OH, OW, C]
    for (std::int64_t oy = 0; oy < v.y.shape[1]; ++oy)
      for (std::int64_t ox = 0; ox < v.y.shape[2]; ++ox, out += channels) {
        const float* corner =
            image + (oy * v.params.stride * width + ox * v.params.stride) * channels;
        std::memcpy(out, corner, static_cast<std::size_t>(channels) * sizeof(float));
        for (int p = 1; p < kernel * kernel; ++p)
          simd_.accumulate(out, corner + (p / kernel * width + p % kernel) * channels, channels);
        for (std::int64_t c = 0; c < channels; ++c) out[c] *= share;
      }
  });
}

template <>
void CpuBackend::implement(const verb::AvgPool2dBackward& v) {
  require_f32(v.dx.dtype, "avgpool2d_backward");
  const std::int64_t width = v.dx.shape[2], channels = v.dx.shape[3];
  const std::int64_t image = v.dx.shape[1] * width * channels;
  const int kernel = v.params.kernel;
  const float share = 1.0f / static_cast<float>(kernel * kernel);
  for_parts(v.dy.shape[0], 1, [&](std::int64_t n, std::int64_t) {
    float* to = v.dx.as<float>() + n * image;  // [H, W, C]
    if (v.write == Write::set) std::memset(to, 0, static_cast<std::size_t>(image) * sizeof(float));
    const float* from = v.dy.as<float>() + n * v.dy.shape[1] * v.dy.shape[2] * channels;
    for (std::int64_t oy = 0; oy < v.dy.shape[1]; ++oy)
      for (std::int64_t ox = 0; ox < v.dy.shape[2]; ++ox, from += channels)
        for (int p = 0; p < kernel * kernel; ++p) {
          float* at = to + ((oy * v.params.stride + p / kernel) * width + ox * v.params.stride +
                            p % kernel) *
                               channels;
          for (std::int64_t c = 0; c < channels; ++c) at[c] += from[c] * share;
        }
  });
}

}  // namespace hone::kernels
