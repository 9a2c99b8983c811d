// affine_resample: pictures seen through maps.
#include "kernels/augment.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

template <>
void RefBackend::implement(const verb::AffineResample& v) {
  const std::int64_t height = v.x.shape[1], width = v.x.shape[2], channels = v.x.shape[3];
  with_float(v.y.dtype, "affine_resample", [&]<class T>(T) {
    T* y = v.y.as<T>();
    for (std::int64_t n = 0; n < v.x.shape[0]; ++n) {
      const T* image = v.x.as<T>() + n * height * width * channels;  // [H, W, C]
      const float* map = v.maps.as<float>() + 6 * n;
      for (std::int64_t r = 0; r < height; ++r)
        for (std::int64_t c = 0; c < width; ++c) {
          const SourcePixel at = source_pixel(map, height, width, r, c);
          for (std::int64_t k = 0; k < channels; ++k)
            *y++ = bilinear(image, height, width, channels, at, k, static_cast<T>(v.fill));
        }
    }
  });
}

}  // namespace hone::kernels
