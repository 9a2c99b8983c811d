// maxpool2d, forward and backward: one chunk per image.
#include <cstring>

#include "kernels/cpu/cpu_backend.h"

namespace hone::kernels {

template <>
void CpuBackend::implement(const verb::MaxPool2dForward& v) {
  require_f32(v.y.dtype, "maxpool2d_forward");
  const std::int64_t channels = v.x.shape[3], image = v.x.shape[1] * v.x.shape[2] * channels;
  const std::int64_t out_rows = v.y.shape[1], out_row = v.y.shape[2] * channels;
  for_parts(v.y.shape[0], 1, [&](std::int64_t n, std::int64_t) {
    for (std::int64_t oy = 0; oy < out_rows; ++oy) {
      const std::int64_t to = (n * out_rows + oy) * out_row;
      const WindowRow row{.windows = v.y.shape[2],
                          .channels = channels,
                          .height = v.x.shape[1],
                          .width = v.x.shape[2],
                          .top = oy * v.params.stride - v.params.pad_top};
      simd_.maxpool_row(v.y.as<float>() + to, v.argmax.as<std::uint8_t>() + to,
                        v.x.as<float>() + n * image, row, v.params);
    }
  });
}

template <>
void CpuBackend::implement(const verb::MaxPool2dBackward& v) {
  require_f32(v.dx.dtype, "maxpool2d_backward");
  const std::int64_t width = v.dx.shape[2], channels = v.dx.shape[3];
  const std::int64_t image = v.dx.shape[1] * width * channels;
  const std::int64_t out_image = v.dy.shape[1] * v.dy.shape[2] * channels;
  for_parts(v.dy.shape[0], 1, [&](std::int64_t n, std::int64_t) {
    float* to = v.dx.as<float>() + n * image;  // [H, W, C]
    if (v.write == Write::set) std::memset(to, 0, static_cast<std::size_t>(image) * sizeof(float));
    const float* from = v.dy.as<float>() + n * out_image;  // [OH, OW, C]
    const std::uint8_t* position = v.argmax.as<std::uint8_t>() + n * out_image;
    for (std::int64_t oy = 0; oy < v.dy.shape[1]; ++oy)
      for (std::int64_t ox = 0; ox < v.dy.shape[2]; ++ox)
        for (std::int64_t c = 0; c < channels; ++c, ++from, ++position) {
          const std::int64_t iy =
              oy * v.params.stride - v.params.pad_top + *position / v.params.kernel;
          const std::int64_t ix =
              ox * v.params.stride - v.params.pad_left + *position % v.params.kernel;
          to[(iy * width + ix) * channels + c] += *from;
        }
  });
}

}  // namespace hone::kernels
