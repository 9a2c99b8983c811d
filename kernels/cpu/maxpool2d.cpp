// maxpool2d, forward and backward: one chunk per image.
#include <cstring>

#include "kernels/cpu/cpu_backend.h"

namespace hone::kernels {

void CpuBackend::do_maxpool2d_forward(View y, View argmax, ConstView x, Pool2dParams params) {
  require_f32(y.dtype, "maxpool2d_forward");
  const std::int64_t height = x.shape[1], row = x.shape[2] * x.shape[3], channels = x.shape[3];
  const std::int64_t out_rows = y.shape[1], out_row = y.shape[2] * channels;
  for_parts(y.shape[0], 1, [&](std::int64_t n, std::int64_t) {
    for (std::int64_t oy = 0; oy < out_rows; ++oy) {
      const std::int64_t to = (n * out_rows + oy) * out_row;
      simd_.maxpool_row(y.as<float>() + to, argmax.as<std::uint8_t>() + to,
                        x.as<float>() + (n * height + oy * params.stride) * row, y.shape[2], row,
                        channels, params);
    }
  });
}

void CpuBackend::do_maxpool2d_backward(View dx, ConstView dy, ConstView argmax, Pool2dParams params,
                                       Write write) {
  require_f32(dx.dtype, "maxpool2d_backward");
  const std::int64_t width = dx.shape[2], channels = dx.shape[3];
  const std::int64_t image = dx.shape[1] * width * channels;
  const std::int64_t out_image = dy.shape[1] * dy.shape[2] * channels;
  for_parts(dy.shape[0], 1, [&](std::int64_t n, std::int64_t) {
    float* to = dx.as<float>() + n * image;  // [H, W, C]
    if (write == Write::set) std::memset(to, 0, static_cast<std::size_t>(image) * sizeof(float));
    const float* from = dy.as<float>() + n * out_image;  // [OH, OW, C]
    const std::uint8_t* position = argmax.as<std::uint8_t>() + n * out_image;
    for (std::int64_t oy = 0; oy < dy.shape[1]; ++oy)
      for (std::int64_t ox = 0; ox < dy.shape[2]; ++ox)
        for (std::int64_t c = 0; c < channels; ++c, ++from, ++position) {
          const std::int64_t iy = oy * params.stride + *position / params.kernel;
          const std::int64_t ix = ox * params.stride + *position % params.kernel;
          to[(iy * width + ix) * channels + c] += *from;
        }
  });
}

}  // namespace hone::kernels
