// affine_resample: one chunk per picture.
#include "kernels/augment.h"
#include "kernels/cpu/cpu_backend.h"

namespace hone::kernels {
namespace {

// A row of the output whose pixels all have four neighbours in the source needs no tests; others
// take the general way.
void resample_row(float* y, const float* image, const float* map, const Shape& shape,
                  std::int64_t row, float fill) {
  const std::int64_t height = shape[1], width = shape[2], channels = shape[3];
  for (std::int64_t c = 0; c < width; ++c) {
    const SourcePixel at = source_pixel(map, height, width, row, c);
    float* out = y + c * channels;
    const bool inside =
        at.row >= 0 && at.row + 1 < height && at.column >= 0 && at.column + 1 < width;
    if (!inside) {
      for (std::int64_t k = 0; k < channels; ++k)
        out[k] = bilinear(image, height, width, channels, at, k, fill);
      continue;
    }
    const float* corner = image + (at.row * width + at.column) * channels;
    const float* below = corner + width * channels;
    for (std::int64_t k = 0; k < channels; ++k) {
      const float upper = corner[k] * (1.0f - at.right) + corner[channels + k] * at.right;
      const float lower = below[k] * (1.0f - at.right) + below[channels + k] * at.right;
      out[k] = upper * (1.0f - at.down) + lower * at.down;
    }
  }
}

}  // namespace

template <>
void CpuBackend::implement(const verb::AffineResample& v) {
  require_f32(v.y.dtype, "affine_resample");
  const std::int64_t height = v.x.shape[1], row = v.x.shape[2] * v.x.shape[3];
  for_parts(v.x.shape[0], 1, [&](std::int64_t n, std::int64_t) {
    const float* image = v.x.as<float>() + n * height * row;  // [H, W, C]
    for (std::int64_t r = 0; r < height; ++r)
      resample_row(v.y.as<float>() + (n * height + r) * row, image, v.maps.as<float>() + 6 * n,
                   v.x.shape, r, v.fill);
  });
}

}  // namespace hone::kernels
