// maxpool2d, forward and backward.
#include "kernels/pointwise.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

template <>
void RefBackend::implement(const verb::MaxPool2dForward& v) {
  const std::int64_t height = v.x.shape[1], width = v.x.shape[2], channels = v.x.shape[3];
  with_float(v.y.dtype, "maxpool2d_forward", [&]<class T>(T) {
    std::int64_t i = 0;  // walks y, argmax: [N, OH, OW, C]
    for (std::int64_t n = 0; n < v.y.shape[0]; ++n)
      for (std::int64_t oy = 0; oy < v.y.shape[1]; ++oy)
        for (std::int64_t ox = 0; ox < v.y.shape[2]; ++ox)
          for (std::int64_t c = 0; c < channels; ++c, ++i) {
            const std::int64_t iy = oy * v.params.stride, ix = ox * v.params.stride;
            const T* corner = v.x.as<T>() + ((n * height + iy) * width + ix) * channels + c;
            T best = *corner;  // x: [N, H, W, C]
            int position = 0;
            for (int p = 1; p < v.params.kernel * v.params.kernel; ++p) {
              const int py = p / v.params.kernel, px = p % v.params.kernel;
              const T value = corner[(py * width + px) * channels];
              if (exceeds(value, best)) {
                best = value;
                position = p;
              }
            }
            v.y.as<T>()[i] = best;
            v.argmax.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(position);
          }
  });
}

template <>
void RefBackend::implement(const verb::MaxPool2dBackward& v) {
  const std::int64_t height = v.dx.shape[1], width = v.dx.shape[2], channels = v.dx.shape[3];
  with_float(v.dx.dtype, "maxpool2d_backward", [&]<class T>(T) {
    if (v.write == Write::set)
      for (std::int64_t i = 0; i < v.dx.count(); ++i) v.dx.as<T>()[i] = 0;
    std::int64_t i = 0;  // walks dy, argmax: [N, OH, OW, C]
    for (std::int64_t n = 0; n < v.dy.shape[0]; ++n)
      for (std::int64_t oy = 0; oy < v.dy.shape[1]; ++oy)
        for (std::int64_t ox = 0; ox < v.dy.shape[2]; ++ox)
          for (std::int64_t c = 0; c < channels; ++c, ++i) {
            const int p = v.argmax.as<std::uint8_t>()[i];
            const std::int64_t iy = oy * v.params.stride + p / v.params.kernel;
            const std::int64_t ix = ox * v.params.stride + p % v.params.kernel;
            v.dx.as<T>()[((n * height + iy) * width + ix) * channels + c] += v.dy.as<T>()[i];
          }  // dx: [N, H, W, C]
  });
}

}  // namespace hone::kernels
