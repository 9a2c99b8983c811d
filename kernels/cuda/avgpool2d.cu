// avgpool2d, forward and backward.
#include "kernels/cuda/verb_file.h"

namespace hone::kernels {
namespace {

// A pooling in numbers: small: [n, oh, ow, c], large: [n, h, w, c].
struct Pooling {
  std::int64_t h, w, oh, ow, c;
  Pool2dParams params;

  Pooling(const Shape& large, const Shape& small, const Pool2dParams& params_)
      : h(large[1]), w(large[2]), oh(small[1]), ow(small[2]), c(large[3]), params(params_) {}

  __device__ WindowPart rows(std::int64_t oy) const {
    return window_part(oy * params.stride - params.pad_top, h, params.kernel);
  }
  __device__ WindowPart columns(std::int64_t ox) const {
    return window_part(ox * params.stride - params.pad_left, w, params.kernel);
  }
  // What an element of a window counts for.
  __device__ float share(const WindowPart& of_rows, const WindowPart& of_columns) const {
    return 1.0f / static_cast<float>(window_count(of_rows, of_columns, params));
  }
};

__global__ void avgpool_kernel(Each<float> y, Each<const float> x, std::int64_t count, Pooling p) {
  device::for_each(count, [=](std::int64_t i) {
    const std::int64_t ox = i / p.c % p.ow, oy = i / p.c / p.ow % p.oh, n = i / p.c / p.ow / p.oh;
    const std::int64_t iy = oy * p.params.stride - p.params.pad_top;
    const std::int64_t ix = ox * p.params.stride - p.params.pad_left;
    const WindowPart rows = p.rows(oy), columns = p.columns(ox);
    float sum = 0;
    for (int py = rows.first; py < rows.last; ++py)
      for (int px = columns.first; px < columns.last; ++px)
        sum += x[((n * p.h + iy + py) * p.w + ix + px) * p.c + i % p.c];
    y[i] = sum * p.share(rows, columns);
  });
}

// An element of dx adds up its share of each window that holds it, in the order of the windows.
__global__ void avgpool_backward_kernel(Each<float> dx, Each<const float> dy, std::int64_t count,
                                        Pooling p, Write write) {
  const int kernel = p.params.kernel, stride = p.params.stride;
  device::for_each(count, [=](std::int64_t i) {
    // In the padded image.
    const std::int64_t ix = i / p.c % p.w + p.params.pad_left;
    const std::int64_t iy = i / p.c / p.w % p.h + p.params.pad_top, n = i / p.c / p.w / p.h;
    float sum = write == Write::set ? 0.0f : dx[i];
    const std::int64_t first_y = iy < kernel ? 0 : (iy - kernel) / stride + 1;
    const std::int64_t first_x = ix < kernel ? 0 : (ix - kernel) / stride + 1;
    for (std::int64_t oy = first_y; oy < p.oh && oy * stride <= iy; ++oy)
      for (std::int64_t ox = first_x; ox < p.ow && ox * stride <= ix; ++ox)
        sum +=
            dy[((n * p.oh + oy) * p.ow + ox) * p.c + i % p.c] * p.share(p.rows(oy), p.columns(ox));
    dx[i] = sum;
  });
}

}  // namespace

template <>
void CudaBackend::implement(const verb::AvgPool2dForward& v) {
  require_f32(v.y.dtype, "avgpool2d_forward");
  launch_each(stream(), "avgpool2d_forward", v.y.count(), avgpool_kernel, each<float>(v.y),
              each<float>(v.x), v.y.count(), Pooling(v.x.shape, v.y.shape, v.params));
}

template <>
void CudaBackend::implement(const verb::AvgPool2dBackward& v) {
  require_f32(v.dx.dtype, "avgpool2d_backward");
  launch_each(stream(), "avgpool2d_backward", v.dx.count(), avgpool_backward_kernel,
              each<float>(v.dx), each<float>(v.dy), v.dx.count(),
              Pooling(v.dx.shape, v.dy.shape, v.params), v.write);
}

}  // namespace hone::kernels
