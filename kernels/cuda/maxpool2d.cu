// maxpool2d, forward and backward.
#include "kernels/cuda/verb_file.h"

namespace hone::kernels {
namespace {

// A pooling in numbers: small: [n, oh, ow, c], large: [n, h, w, c].
struct Pooling {
  std::int64_t h, w, oh, ow, c;
  int kernel, stride, top, left;

  Pooling(const Shape& large, const Shape& small, const Pool2dParams& params)
      : h(large[1]),
        w(large[2]),
        oh(small[1]),
        ow(small[2]),
        c(large[3]),
        kernel(params.kernel),
        stride(params.stride),
        top(params.pad_top),
        left(params.pad_left) {}
};

__global__ void maxpool_kernel(Each<float> y, Each<std::uint8_t> argmax, Each<const float> x,
                               std::int64_t count, Pooling p) {
  device::for_each(count, [=](std::int64_t i) {
    const std::int64_t ox = i / p.c % p.ow, oy = i / p.c / p.ow % p.oh, n = i / p.c / p.ow / p.oh;
    const std::int64_t iy = oy * p.stride - p.top, ix = ox * p.stride - p.left;
    const WindowPart rows = window_part(iy, p.h, p.kernel);
    const WindowPart columns = window_part(ix, p.w, p.kernel);
    float best = 0;
    int position = -1;
    for (int py = rows.first; py < rows.last; ++py)
      for (int px = columns.first; px < columns.last; ++px) {
        const float value = x[((n * p.h + iy + py) * p.w + ix + px) * p.c + i % p.c];
        if (position >= 0 && !exceeds(value, best)) continue;
        best = value;
        position = py * p.kernel + px;
      }
    y[i] = best;
    argmax[i] = static_cast<std::uint8_t>(position);
  });
}

// An element of dx adds up, in the order of the windows, those of dy that took it.
__global__ void maxpool_backward_kernel(Each<float> dx, Each<const float> dy,
                                        Each<const std::uint8_t> argmax, std::int64_t count,
                                        Pooling p, Write write) {
  device::for_each(count, [=](std::int64_t i) {
    // In the padded image.
    const std::int64_t ix = i / p.c % p.w + p.left, iy = i / p.c / p.w % p.h + p.top;
    const std::int64_t n = i / p.c / p.w / p.h;
    float sum = write == Write::set ? 0.0f : dx[i];
    const std::int64_t first_y = iy < p.kernel ? 0 : (iy - p.kernel) / p.stride + 1;
    const std::int64_t first_x = ix < p.kernel ? 0 : (ix - p.kernel) / p.stride + 1;
    for (std::int64_t oy = first_y; oy < p.oh && oy * p.stride <= iy; ++oy)
      for (std::int64_t ox = first_x; ox < p.ow && ox * p.stride <= ix; ++ox) {
        const std::int64_t at = ((n * p.oh + oy) * p.ow + ox) * p.c + i % p.c;
        const std::int64_t here = (iy - oy * p.stride) * p.kernel + ix - ox * p.stride;
        if (argmax[at] == here) sum += dy[at];
      }
    dx[i] = sum;
  });
}

}  // namespace

template <>
void CudaBackend::implement(const verb::MaxPool2dForward& v) {
  require_f32(v.y.dtype, "maxpool2d_forward");
  launch_each(stream(), "maxpool2d_forward", v.y.count(), maxpool_kernel, each<float>(v.y),
              each<std::uint8_t>(v.argmax), each<float>(v.x), v.y.count(),
              Pooling(v.x.shape, v.y.shape, v.params));
}

template <>
void CudaBackend::implement(const verb::MaxPool2dBackward& v) {
  require_f32(v.dx.dtype, "maxpool2d_backward");
  launch_each(stream(), "maxpool2d_backward", v.dx.count(), maxpool_backward_kernel,
              each<float>(v.dx), each<float>(v.dy), each<std::uint8_t>(v.argmax), v.dx.count(),
              Pooling(v.dx.shape, v.dy.shape, v.params), v.write);
}

}  // namespace hone::kernels
