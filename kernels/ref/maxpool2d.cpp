// maxpool2d, forward and backward.
#include "kernels/indexing.h"
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
            const int kernel = v.params.kernel;
            const std::int64_t iy = oy * v.params.stride - v.params.pad_top;
            const std::int64_t ix = ox * v.params.stride - v.params.pad_left;
            const WindowPart rows = window_part(iy, height, kernel);
            const WindowPart columns = window_part(ix, width, kernel);
            T best = 0;  // x: [N, H, W, C]
            int position = -1;
            for (int py = rows.first; py < rows.last; ++py)
              for (int px = columns.first; px < columns.last; ++px) {
                const T value =
                    v.x.as<T>()[((n * height + iy + py) * width + ix + px) * channels + c];
                if (position >= 0 && !exceeds(value, best)) continue;
                best = value;
                position = py * kernel + px;
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
            const std::int64_t iy = oy * v.params.stride - v.params.pad_top + p / v.params.kernel;
            const std::int64_t ix = ox * v.params.stride - v.params.pad_left + p % v.params.kernel;
            v.dx.as<T>()[((n * height + iy) * width + ix) * channels + c] += v.dy.as<T>()[i];
          }  // dx: [N, H, W, C]
  });
}

}  // namespace hone::kernels
