// box_blend: one chunk per picture.
#include "kernels/augment.h"
#include "kernels/cpu/cpu_backend.h"

namespace hone::kernels {
namespace {

// Pixels first .. last - 1 of a row, which all have the weights of `at`.
void blend(float* y, const float* a, const float* b, const float* at, std::int64_t n) {
  const float wa = at[0], wb = at[1], wc = at[2];
  if (b == nullptr) {
    // As with b = 0, so that all backends have the same bits.
    for (std::int64_t i = 0; i < n; ++i) y[i] = wa * a[i] + wb * 0.0f + wc;
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) y[i] = wa * a[i] + wb * b[i] + wc;
}

}  // namespace

template <>
void CpuBackend::implement(const verb::BoxBlend& v) {
  require_f32(v.y.dtype, "box_blend");
  const std::int64_t height = v.a.shape[1], width = v.a.shape[2], channels = v.a.shape[3];
  for_parts(v.a.shape[0], 1, [&](std::int64_t n, std::int64_t) {
    const float* row = v.rows.as<float>() + kBoxColumns * n;
    for (std::int64_t r = 0; r < height; ++r) {
      std::int64_t left = 0;
      while (left < width && !in_box(row, r, left)) ++left;
      std::int64_t right = left;
      while (right < width && in_box(row, r, right)) ++right;
      const std::int64_t first = (n * height + r) * width * channels;
      const auto part = [&](std::int64_t from, std::int64_t to, int weights) {
        const std::int64_t at = first + from * channels;
        blend(v.y.as<float>() + at, v.a.as<float>() + at, v.b ? v.b.as<float>() + at : nullptr,
              row + weights, (to - from) * channels);
      };
      part(0, left, kBoxOutside);
      part(left, right, kBoxInside);
      part(right, width, kBoxOutside);
    }
  });
}

}  // namespace hone::kernels
