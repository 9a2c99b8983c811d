// The plain convolution (cross-correlation) and its gradients: seven nested loops, three times.
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {
namespace {

// Calls use(iy, ix, tap) for every input pixel that output pixel (oy, ox) looks at; pixels in the
// padding are skipped, they are 0. tap = ky * KW + kx.
template <class Use>
void for_each_tap(std::int64_t oy, std::int64_t ox, const Shape& image, const Conv2dParams& params,
                  Use use) {
  for (int ky = 0; ky < params.kernel_h; ++ky) {
    const std::int64_t iy = oy * params.stride_h + ky - params.pad_top;
    if (iy < 0 || iy >= image[1]) continue;
    for (int kx = 0; kx < params.kernel_w; ++kx) {
      const std::int64_t ix = ox * params.stride_w + kx - params.pad_left;
      if (ix < 0 || ix >= image[2]) continue;
      use(iy, ix, std::int64_t{ky} * params.kernel_w + kx);
    }
  }
}

// Offset of channel 0 of pixel (row, column) of image n in a tensor [N, H, W, C].
std::int64_t pixel(const Shape& shape, std::int64_t n, std::int64_t row, std::int64_t column) {
  return ((n * shape[1] + row) * shape[2] + column) * shape[3];
}

// Calls use(n, oy, ox) for every output pixel.
template <class Use>
void for_each_pixel(const Shape& shape, Use use) {
  for (std::int64_t n = 0; n < shape[0]; ++n)
    for (std::int64_t oy = 0; oy < shape[1]; ++oy)
      for (std::int64_t ox = 0; ox < shape[2]; ++ox) use(n, oy, ox);
}

}  // namespace

void RefBackend::do_conv2d_plain_forward(View y, ConstView x, ConstView w, Conv2dParams params) {
  const std::int64_t taps = std::int64_t{params.kernel_h} * params.kernel_w;
  const std::int64_t cin = x.shape[3], cout = y.shape[3];
  with_float(y.dtype, "conv2d_forward", [&]<class T>(T) {
    for_each_pixel(y.shape, [&](std::int64_t n, std::int64_t oy, std::int64_t ox) {
      T* out = y.as<T>() + pixel(y.shape, n, oy, ox);  // y: [N, OH, OW, Cout]
      for (std::int64_t co = 0; co < cout; ++co) {
        double sum = 0;
        for_each_tap(oy, ox, x.shape, params, [&](auto iy, auto ix, auto tap) {
          const T* in = x.as<T>() + pixel(x.shape, n, iy, ix);    // x: [N, H, W, Cin]
          const T* weight = w.as<T>() + (co * taps + tap) * cin;  // w: [Cout, KH, KW, Cin]
          for (std::int64_t ci = 0; ci < cin; ++ci)
            sum += static_cast<double>(in[ci]) * static_cast<double>(weight[ci]);
        });
        out[co] = static_cast<T>(sum);
      }
    });
  });
}

void RefBackend::do_conv2d_plain_backward_input(View dx, ConstView dy, ConstView w,
                                                Conv2dParams params, Write write) {
  const std::int64_t taps = std::int64_t{params.kernel_h} * params.kernel_w;
  const std::int64_t cin = dx.shape[3], cout = dy.shape[3];
  const Workspace::Scope scope(workspace());
  with_float(dx.dtype, "conv2d_backward_input", [&]<class T>(T) {
    double* sums = workspace().take_array<double>(dx.count());  // like dx
    for (std::int64_t i = 0; i < dx.count(); ++i) sums[i] = 0;
    for_each_pixel(dy.shape, [&](std::int64_t n, std::int64_t oy, std::int64_t ox) {
      const T* gradient = dy.as<T>() + pixel(dy.shape, n, oy, ox);  // dy: [N, OH, OW, Cout]
      for_each_tap(oy, ox, dx.shape, params, [&](auto iy, auto ix, auto tap) {
        double* sum = sums + pixel(dx.shape, n, iy, ix);  // dx: [N, H, W, Cin]
        for (std::int64_t co = 0; co < cout; ++co) {
          const T* weight = w.as<T>() + (co * taps + tap) * cin;  // w: [Cout, KH, KW, Cin]
          for (std::int64_t ci = 0; ci < cin; ++ci)
            sum[ci] += static_cast<double>(gradient[co]) * static_cast<double>(weight[ci]);
        }
      });
    });
    for (std::int64_t i = 0; i < dx.count(); ++i) put(dx.as<T>()[i], sums[i], write);
  });
}

void RefBackend::do_conv2d_plain_backward_weight(View dw, ConstView dy, ConstView x,
                                                 Conv2dParams params, Write write) {
  const std::int64_t taps = std::int64_t{params.kernel_h} * params.kernel_w;
  const std::int64_t cin = x.shape[3], cout = dy.shape[3];
  const Workspace::Scope scope(workspace());
  with_float(dw.dtype, "conv2d_backward_weight", [&]<class T>(T) {
    double* sums = workspace().take_array<double>(dw.count());  // like dw
    for (std::int64_t i = 0; i < dw.count(); ++i) sums[i] = 0;
    for_each_pixel(dy.shape, [&](std::int64_t n, std::int64_t oy, std::int64_t ox) {
      const T* gradient = dy.as<T>() + pixel(dy.shape, n, oy, ox);  // dy: [N, OH, OW, Cout]
      for_each_tap(oy, ox, x.shape, params, [&](auto iy, auto ix, auto tap) {
        const T* in = x.as<T>() + pixel(x.shape, n, iy, ix);  // x: [N, H, W, Cin]
        for (std::int64_t co = 0; co < cout; ++co) {
          double* sum = sums + (co * taps + tap) * cin;  // dw: [Cout, KH, KW, Cin]
          for (std::int64_t ci = 0; ci < cin; ++ci)
            sum[ci] += static_cast<double>(gradient[co]) * static_cast<double>(in[ci]);
        }
      });
    });
    for (std::int64_t i = 0; i < dw.count(); ++i) put(dw.as<T>()[i], sums[i], write);
  });
}

}  // namespace hone::kernels
