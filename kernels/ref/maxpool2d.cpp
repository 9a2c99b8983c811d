// maxpool2d, forward and backward.
#include "kernels/pointwise.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

void RefBackend::do_maxpool2d_forward(View y, View argmax, ConstView x, Pool2dParams params) {
  const std::int64_t height = x.shape[1], width = x.shape[2], channels = x.shape[3];
  with_float(y.dtype, "maxpool2d_forward", [&]<class T>(T) {
    std::int64_t i = 0;  // walks y, argmax: [N, OH, OW, C]
    for (std::int64_t n = 0; n < y.shape[0]; ++n)
      for (std::int64_t oy = 0; oy < y.shape[1]; ++oy)
        for (std::int64_t ox = 0; ox < y.shape[2]; ++ox)
          for (std::int64_t c = 0; c < channels; ++c, ++i) {
            const std::int64_t iy = oy * params.stride, ix = ox * params.stride;
            const T* corner = x.as<T>() + ((n * height + iy) * width + ix) * channels + c;
            T best = *corner;  // x: [N, H, W, C]
            int position = 0;
            for (int p = 1; p < params.kernel * params.kernel; ++p) {
              const int py = p / params.kernel, px = p % params.kernel;
              const T value = corner[(py * width + px) * channels];
              if (exceeds(value, best)) {
                best = value;
                position = p;
              }
            }
            y.as<T>()[i] = best;
            argmax.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(position);
          }
  });
}

void RefBackend::do_maxpool2d_backward(View dx, ConstView dy, ConstView argmax, Pool2dParams params,
                                       Write write) {
  const std::int64_t height = dx.shape[1], width = dx.shape[2], channels = dx.shape[3];
  with_float(dx.dtype, "maxpool2d_backward", [&]<class T>(T) {
    if (write == Write::set)
      for (std::int64_t i = 0; i < dx.count(); ++i) dx.as<T>()[i] = 0;
    std::int64_t i = 0;  // walks dy, argmax: [N, OH, OW, C]
    for (std::int64_t n = 0; n < dy.shape[0]; ++n)
      for (std::int64_t oy = 0; oy < dy.shape[1]; ++oy)
        for (std::int64_t ox = 0; ox < dy.shape[2]; ++ox)
          for (std::int64_t c = 0; c < channels; ++c, ++i) {
            const int p = argmax.as<std::uint8_t>()[i];
            const std::int64_t iy = oy * params.stride + p / params.kernel;
            const std::int64_t ix = ox * params.stride + p % params.kernel;
            dx.as<T>()[((n * height + iy) * width + ix) * channels + c] += dy.as<T>()[i];
          }  // dx: [N, H, W, C]
  });
}

}  // namespace hone::kernels
