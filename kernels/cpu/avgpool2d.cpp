// avgpool2d, forward and backward: one chunk per image.
#include <cstring>

#include "kernels/cpu/cpu_backend.h"

namespace hone::kernels {
namespace {

// Calls window(out, share) with the first element of each output pixel of one image, in order, then
// pixel(out, in) for each pixel of its window that lies in the image; both as elements of
// [OH, OW, C] and [H, W, C].
template <class Window, class Pixel>
void for_windows(const Shape& out, const Shape& in, const Pool2dParams& params, Window window,
                 Pixel pixel) {
  const std::int64_t channels = in[3];
  std::int64_t to = 0;
  for (std::int64_t oy = 0; oy < out[1]; ++oy)
    for (std::int64_t ox = 0; ox < out[2]; ++ox, to += channels) {
      const std::int64_t iy = oy * params.stride - params.pad_top;
      const std::int64_t ix = ox * params.stride - params.pad_left;
      const WindowPart rows = window_part(iy, in[1], params.kernel);
      const WindowPart columns = window_part(ix, in[2], params.kernel);
      window(to, 1.0f / static_cast<float>(window_count(rows, columns, params)));
      for (int py = rows.first; py < rows.last; ++py)
        for (int px = columns.first; px < columns.last; ++px)
          pixel(to, ((iy + py) * in[2] + ix + px) * channels);
    }
}

}  // namespace

template <>
void CpuBackend::implement(const verb::AvgPool2dForward& v) {
  require_f32(v.y.dtype, "avgpool2d_forward");
  const std::int64_t channels = v.x.shape[3];
  const std::int64_t image = v.x.shape[1] * v.x.shape[2] * channels;
  const std::int64_t out_image = v.y.shape[1] * v.y.shape[2] * channels;
  for_parts(v.y.shape[0], 1, [&](std::int64_t n, std::int64_t) {
    const float* in = v.x.as<float>() + n * image;  // [H, W, C]
    float* out = v.y.as<float>() + n * out_image;   // [OH, OW, C]
    float last = 0;  // what divides the window before, when its sum is complete
    std::int64_t open = -1;
    const auto finish = [&] {
      if (open < 0) return;
      for (std::int64_t c = 0; c < channels; ++c) out[open + c] *= last;
    };
    for_windows(
        v.y.shape, v.x.shape, v.params,
        [&](std::int64_t to, float share) {
          finish();
          open = to;
          last = share;
          simd_.put_value(out + to, 0.0f, channels, Write::set);
        },
        [&](std::int64_t to, std::int64_t from) {
          simd_.accumulate(out + to, in + from, channels);
        });
    finish();
  });
}

template <>
void CpuBackend::implement(const verb::AvgPool2dBackward& v) {
  require_f32(v.dx.dtype, "avgpool2d_backward");
  const std::int64_t channels = v.dx.shape[3];
  const std::int64_t image = v.dx.shape[1] * v.dx.shape[2] * channels;
  const std::int64_t out_image = v.dy.shape[1] * v.dy.shape[2] * channels;
  for_parts(v.dy.shape[0], 1, [&](std::int64_t n, std::int64_t) {
    float* to = v.dx.as<float>() + n * image;  // [H, W, C]
    if (v.write == Write::set) std::memset(to, 0, static_cast<std::size_t>(image) * sizeof(float));
    const float* from = v.dy.as<float>() + n * out_image;  // [OH, OW, C]
    float part = 0;
    for_windows(
        v.dy.shape, v.dx.shape, v.params, [&](std::int64_t, float share) { part = share; },
        [&](std::int64_t out, std::int64_t in) {
          for (std::int64_t c = 0; c < channels; ++c) to[in + c] += from[out + c] * part;
        });
  });
}

}  // namespace hone::kernels
