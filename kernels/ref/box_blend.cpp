// box_blend: a weighted sum of two pictures, with other weights inside of a box.
#include "kernels/augment.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

template <>
void RefBackend::implement(const verb::BoxBlend& v) {
  const std::int64_t height = v.a.shape[1], width = v.a.shape[2], channels = v.a.shape[3];
  with_float(v.y.dtype, "box_blend", [&]<class T>(T) {
    std::int64_t i = 0;
    for (std::int64_t n = 0; n < v.a.shape[0]; ++n) {
      const float* row = v.rows.as<float>() + kBoxColumns * n;
      for (std::int64_t r = 0; r < height; ++r)
        for (std::int64_t c = 0; c < width; ++c)
          for (std::int64_t k = 0; k < channels; ++k, ++i)
            v.y.as<T>()[i] =
                blended(row, in_box(row, r, c), v.a.as<T>()[i], v.b ? v.b.as<T>()[i] : T(0));
    }
  });
}

}  // namespace hone::kernels
