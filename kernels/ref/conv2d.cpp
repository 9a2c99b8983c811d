// The plain convolution (cross-correlation) and its gradients: seven nested loops, three times. The
// blocks are made of it.
#include "kernels/conv2d_from_plain.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {
namespace {

// Calls use(iy, ix, tap) for every input pixel that output pixel (oy, ox) looks at; pixels in the
// padding are skipped, they are 0. tap = ky * KW + kx.
template <class Use>
void for_each_tap(std::int64_t oy, std::int64_t ox, const Shape& image, const Conv2dParams& params,
                  Use use) {
  for (int ky = 0; ky < params.kernel_h; ++ky) {
    const std::int64_t iy = oy * params.stride_h + ky * params.dilation_h - params.pad_top;
    if (iy < 0 || iy >= image[1]) continue;
    for (int kx = 0; kx < params.kernel_w; ++kx) {
      const std::int64_t ix = ox * params.stride_w + kx * params.dilation_w - params.pad_left;
      if (ix < 0 || ix >= image[2]) continue;
      use(iy, ix, std::int64_t{ky} * params.kernel_w + kx);
    }
  }
}

// The channels of the output, and how many and which of the input each of them sees.
struct Channels {
  Channels(std::int64_t cin, std::int64_t cout, const Conv2dParams& params)
      : in(cin / params.groups), out(cout), per_group(cout / params.groups) {}
  std::int64_t in, out, per_group;
  std::int64_t first(std::int64_t co) const { return co / per_group * in; }
};

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

template <>
void RefBackend::implement(const verb::Conv2dForward& v) {
  if (!is_plain(v)) return conv2d_forward_from_plain(*this, v);
  const std::int64_t taps = std::int64_t{v.params.kernel_h} * v.params.kernel_w;
  const Channels c(v.x.shape[3], v.y.shape[3], v.params);
  with_float(v.y.dtype, "conv2d_forward", [&]<class T>(T) {
    for_each_pixel(v.y.shape, [&](std::int64_t n, std::int64_t oy, std::int64_t ox) {
      T* out = v.y.as<T>() + pixel(v.y.shape, n, oy, ox);  // y: [N, OH, OW, Cout]
      for (std::int64_t co = 0; co < c.out; ++co) {
        double sum = 0;
        for_each_tap(oy, ox, v.x.shape, v.params, [&](auto iy, auto ix, auto tap) {
          const T* in =
              v.x.as<T>() + pixel(v.x.shape, n, iy, ix) + c.first(co);  // x: [N, H, W, Cin]
          const T* weight =
              v.w.as<T>() + (co * taps + tap) * c.in;  // w: [Cout, KH, KW, Cin / groups]
          for (std::int64_t ci = 0; ci < c.in; ++ci)
            sum += static_cast<double>(in[ci]) * static_cast<double>(weight[ci]);
        });
        out[co] = static_cast<T>(sum);
      }
    });
  });
}

template <>
void RefBackend::implement(const verb::Conv2dBackwardInput& v) {
  if (!is_plain(v)) return conv2d_backward_input_from_plain(*this, v);
  const std::int64_t taps = std::int64_t{v.params.kernel_h} * v.params.kernel_w;
  const Channels c(v.dx.shape[3], v.dy.shape[3], v.params);
  const Workspace::Scope scope(workspace());
  with_float(v.dx.dtype, "conv2d_backward_input", [&]<class T>(T) {
    double* sums = workspace().take_array<double>(v.dx.count());  // like dx
    for (std::int64_t i = 0; i < v.dx.count(); ++i) sums[i] = 0;
    for_each_pixel(v.dy.shape, [&](std::int64_t n, std::int64_t oy, std::int64_t ox) {
      const T* gradient = v.dy.as<T>() + pixel(v.dy.shape, n, oy, ox);  // dy: [N, OH, OW, Cout]
      for_each_tap(oy, ox, v.dx.shape, v.params, [&](auto iy, auto ix, auto tap) {
        double* sum = sums + pixel(v.dx.shape, n, iy, ix);  // dx: [N, H, W, Cin]
        for (std::int64_t co = 0; co < c.out; ++co) {
          const T* weight =
              v.w.as<T>() + (co * taps + tap) * c.in;  // w: [Cout, KH, KW, Cin / groups]
          for (std::int64_t ci = 0; ci < c.in; ++ci)
            sum[c.first(co) + ci] +=
                static_cast<double>(gradient[co]) * static_cast<double>(weight[ci]);
        }
      });
    });
    for (std::int64_t i = 0; i < v.dx.count(); ++i) put(v.dx.as<T>()[i], sums[i], v.write);
  });
}

template <>
void RefBackend::implement(const verb::Conv2dBackwardWeight& v) {
  if (!is_plain(v)) return conv2d_backward_weight_from_plain(*this, v);
  const std::int64_t taps = std::int64_t{v.params.kernel_h} * v.params.kernel_w;
  const Channels c(v.x.shape[3], v.dy.shape[3], v.params);
  const Workspace::Scope scope(workspace());
  with_float(v.dw.dtype, "conv2d_backward_weight", [&]<class T>(T) {
    double* sums = workspace().take_array<double>(v.dw.count());  // like dw
    for (std::int64_t i = 0; i < v.dw.count(); ++i) sums[i] = 0;
    for_each_pixel(v.dy.shape, [&](std::int64_t n, std::int64_t oy, std::int64_t ox) {
      const T* gradient = v.dy.as<T>() + pixel(v.dy.shape, n, oy, ox);  // dy: [N, OH, OW, Cout]
      for_each_tap(oy, ox, v.x.shape, v.params, [&](auto iy, auto ix, auto tap) {
        const T* in = v.x.as<T>() + pixel(v.x.shape, n, iy, ix);  // x: [N, H, W, Cin]
        for (std::int64_t co = 0; co < c.out; ++co) {
          double* sum = sums + (co * taps + tap) * c.in;  // dw: [Cout, KH, KW, Cin / groups]
          for (std::int64_t ci = 0; ci < c.in; ++ci)
            sum[ci] +=
                static_cast<double>(gradient[co]) * static_cast<double>(in[c.first(co) + ci]);
        }
      });
    });
    for (std::int64_t i = 0; i < v.dw.count(); ++i) put(v.dw.as<T>()[i], sums[i], v.write);
  });
}

}  // namespace hone::kernels
