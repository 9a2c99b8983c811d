// The blocks of conv2d: the plain convolution by a plan of the vendor's library or by im2col and a
// product, and around it kernels for bias, ReLU and pooling.
#include "kernels/cuda/epilogue.h"

namespace hone::kernels {
namespace {

// How a convolution is cut up for im2col and products.
struct Convolution {
  ConvProblem p;

  Convolution(ConvDirection direction, const Shape& x, std::int64_t cout,
              const Conv2dParams& params)
      : p(conv_problem(direction, x, cout, params)) {}

  std::int64_t image() const { return p.h * p.w * p.cin; }
  // Of the columns [images * oh * ow, kernel_h * kernel_w * cin / groups] of one group.
  std::int64_t rows(std::int64_t images) const { return images * p.oh * p.ow; }
  std::int64_t width() const { return std::int64_t{p.kernel_h} * p.kernel_w * p.group_in(); }
  // Images at a time, so that their columns do not need too much memory.
  std::int64_t images_at_once() const {
    constexpr std::int64_t kFloats = std::int64_t{16} << 20;
    const std::int64_t each = std::max<std::int64_t>(1, rows(1) * width());
    return std::max<std::int64_t>(1, std::min(p.n, kFloats / each));
  }
};

// x: [n, h, w, cin]; `first`: the group's first channel
__global__ void im2col_kernel(Each<float> columns, Each<const float> x, ConvProblem p,
                              std::int64_t first, std::int64_t count) {
  device::for_each(count, [=](std::int64_t i) {
    std::int64_t rest = i;
    const std::int64_t channel = first + rest % p.group_in();
    rest /= p.group_in();
    const std::int64_t kx = rest % p.kernel_w;
    rest /= p.kernel_w;
    const std::int64_t ky = rest % p.kernel_h;
    rest /= p.kernel_h;
    const std::int64_t ox = rest % p.ow;
    rest /= p.ow;
    const std::int64_t oy = rest % p.oh, image = rest / p.oh;
    const std::int64_t iy = oy * p.stride_h + ky * p.dilation_h - p.pad_top;
    const std::int64_t ix = ox * p.stride_w + kx * p.dilation_w - p.pad_left;
    const bool inside = iy >= 0 && iy < p.h && ix >= 0 && ix < p.w;
    columns[i] = inside ? x[((image * p.h + iy) * p.w + ix) * p.cin + channel] : 0.0f;
  });
}

// dx: [n, h, w, cin], the group's channels: the gradients of all columns that a pixel went into, in
// the order of the taps.
__global__ void col2im_kernel(Each<float> dx, Each<const float> columns, ConvProblem p,
                              std::int64_t first, std::int64_t count, Write write) {
  device::for_each(count, [=](std::int64_t i) {
    std::int64_t rest = i;
    const std::int64_t channel = rest % p.group_in();
    rest /= p.group_in();
    const std::int64_t ix = rest % p.w;
    rest /= p.w;
    const std::int64_t iy = rest % p.h, image = rest / p.h;
    float sum = 0;
    for (int ky = 0; ky < p.kernel_h; ++ky) {
      const std::int64_t y = iy + p.pad_top - ky * p.dilation_h;
      if (y < 0 || y % p.stride_h != 0 || y / p.stride_h >= p.oh) continue;
      for (int kx = 0; kx < p.kernel_w; ++kx) {
        const std::int64_t x = ix + p.pad_left - kx * p.dilation_w;
        if (x < 0 || x % p.stride_w != 0 || x / p.stride_w >= p.ow) continue;
        const std::int64_t row = (image * p.oh + y / p.stride_h) * p.ow + x / p.stride_w;
        sum += columns[((row * p.kernel_h + ky) * p.kernel_w + kx) * p.group_in() + channel];
      }
    }
    put(dx[((image * p.h + iy) * p.w + ix) * p.cin + first + channel], sum, write);
  });
}

// y, argmax: [n, oh / 2, ow / 2, c] = the first maximum of each 2 x 2 window of relu(z + b), z: [n,
// oh, ow, c].
__global__ void pool_kernel(Each<float> y, Each<std::uint8_t> argmax, Each<const float> z,
                            Each<const float> b, std::int64_t count, std::int64_t oh,
                            std::int64_t ow, std::int64_t c, bool relu) {
  const std::int64_t ph = oh / 2, pw = ow / 2;
  device::for_each(count, [=](std::int64_t i) {
    const std::int64_t channel = i % c, px = i / c % pw, py = i / c / pw % ph, n = i / c / pw / ph;
    const float* corner = z + ((n * oh + 2 * py) * ow + 2 * px) * c + channel;
    float best = 0;
    int position = 0;
    for (int p = 0; p < 4; ++p) {
      float value = corner[(p / 2 * ow + p % 2) * c];
      if (b != nullptr) value += b[channel];
      if (relu) value = relu_of(value);
      if (p > 0 && !exceeds(value, best)) continue;
      best = value;
      position = p;
    }
    y[i] = best;
    argmax[i] = static_cast<std::uint8_t>(position);
  });
}

// dz: [n, oh, ow, c]: dy where the window's maximum was, and y > 0 with ReLU; else 0.
__global__ void unpool_kernel(Each<float> dz, Each<const float> dy, Each<const float> y,
                              Each<const std::uint8_t> argmax, std::int64_t count, std::int64_t oh,
                              std::int64_t ow, std::int64_t c, bool relu) {
  const std::int64_t ph = oh / 2, pw = ow / 2;
  device::for_each(count, [=](std::int64_t i) {
    const std::int64_t channel = i % c, x = i / c % ow, row = i / c / ow % oh, n = i / c / ow / oh;
    dz[i] = 0;
    if (row / 2 >= ph || x / 2 >= pw) return;
    const std::int64_t at = ((n * ph + row / 2) * pw + x / 2) * c + channel;
    if (argmax[at] == row % 2 * 2 + x % 2 && (!relu || y[at] > 0.0f)) dz[i] = dy[at];
  });
}

// The gradient of the plain convolution's output: dy, or scratch memory. [n, oh, ow, cout]
template <class V>
Each<const float> dense_gradient(CudaBackend& on, const V& v, const ConvProblem& p) {
  if (!v.params.relu && !v.params.pool) return each<float>(v.dy);
  const std::int64_t count = p.n * p.oh * p.ow * p.cout;
  const auto dz = on.scratch<float>(count, v.dy.models);
  if (v.params.pool) {
    launch_each(on.stream(), "unpool", count, unpool_kernel, dz, each<float>(v.dy),
                each<float>(v.y), each<std::uint8_t>(v.argmax), count, p.oh, p.ow, p.cout,
                v.params.relu);
  } else {
    relu_mask(on.stream(), dz, each<float>(v.dy), each<float>(v.y), count);
  }
  return dz;
}

// Calls use(first image, images, group, columns) for parts of the batch and their groups, with room
// for their columns.
template <class Use>
void for_columns(CudaBackend& on, const Convolution& c, Use use) {
  const std::int64_t most = c.images_at_once();
  float* columns = on.workspace().take_array<float>(c.rows(most) * c.width());
  for (std::int64_t first = 0; first < c.p.n; first += most)
    for (std::int64_t group = 0; group < c.p.groups; ++group)
      use(first, std::min(most, c.p.n - first), group, columns);
}

void im2col(CudaBackend& on, float* columns, const float* x, const Convolution& c,
            std::int64_t first, std::int64_t images, std::int64_t group) {
  const std::int64_t count = c.rows(images) * c.width();
  launch_each(on.stream(), "im2col", count, im2col_kernel, columns, x + first * c.image(), c.p,
              group * c.p.group_in(), count);
}

// y: [n, oh, ow, cout]
void convolve(CudaBackend& on, float* y, const float* x, const float* w, const Convolution& c) {
  const Workspace::Scope scope(on.workspace());
  ConvPlan* plan = on.conv_plan(c.p, y, x, w);
  if (plan != nullptr)
    return plan->run(on.stream(), y, x, w, on.workspace().take(plan->workspace_bytes()));
  for_columns(on, c, [&](std::int64_t first, std::int64_t images, std::int64_t g, float* columns) {
    im2col(on, columns, x, c, first, images, g);
    on.gemm(y + c.rows(first) * c.p.cout + g * c.p.group_out(), columns,
            w + g * c.p.group_out() * c.width(),
            {.transpose_b = true,
             .m = c.rows(images),
             .n = c.p.group_out(),
             .k = c.width(),
             .lda = c.width(),
             .ldb = c.width(),
             .ldc = c.p.cout});
  });
}

// Runs the library's plan if there is one. It overwrites: where the gradient is added, it writes to
// scratch memory first.
bool run_gradient_plan(CudaBackend& on, const Convolution& c, const View& out, const float* a,
                       const float* b, Write write) {
  const Workspace::Scope scope(on.workspace());
  float* to = out.as<float>();
  if (write == Write::add) to = on.workspace().take_array<float>(out.count());
  ConvPlan* plan = on.conv_plan(c.p, to, a, b);
  if (plan == nullptr) return false;
  plan->run(on.stream(), to, a, b, on.workspace().take(plan->workspace_bytes()));
  if (write == Write::add)
    on.implement(
        verb::Copy{.y = out, .x = ConstView(to, out.shape, DType::f32), .write = Write::add});
  return true;
}

void input_gradient(CudaBackend& on, const View& dx, const float* dz, const float* w,
                    const Convolution& c, Write write) {
  const Workspace::Scope scope(on.workspace());
  if (run_gradient_plan(on, c, dx, dz, w, write)) return;
  for_columns(on, c, [&](std::int64_t first, std::int64_t images, std::int64_t g, float* columns) {
    on.gemm(columns, dz + c.rows(first) * c.p.cout + g * c.p.group_out(),
            w + g * c.p.group_out() * c.width(),
            {.m = c.rows(images),
             .n = c.width(),
             .k = c.p.group_out(),
             .lda = c.p.cout,
             .ldb = c.width(),
             .ldc = c.width()});
    const std::int64_t count = images * c.p.h * c.p.w * c.p.group_in();
    launch_each(on.stream(), "col2im", count, col2im_kernel, dx.as<float>() + first * c.image(),
                columns, c.p, g * c.p.group_in(), count, write);
  });
}

void weight_gradient(CudaBackend& on, const View& dw, const float* dz, const float* x,
                     const Convolution& c, Write write) {
  const Workspace::Scope scope(on.workspace());
  if (run_gradient_plan(on, c, dw, dz, x, write)) return;
  if (c.p.n == 0 && write == Write::set) return on.implement(verb::Fill{.y = dw, .value = 0});
  for_columns(on, c, [&](std::int64_t first, std::int64_t images, std::int64_t g, float* columns) {
    im2col(on, columns, x, c, first, images, g);
    on.gemm(dw.as<float>() + g * c.p.group_out() * c.width(),
            dz + c.rows(first) * c.p.cout + g * c.p.group_out(), columns,
            {.transpose_a = true,
             .m = c.p.group_out(),
             .n = c.width(),
             .k = c.rows(images),
             .lda = c.p.cout,
             .ldb = c.width(),
             .ldc = c.width(),
             .beta = write == Write::add || first > 0 ? 1.0f : 0.0f});
  });
}

}  // namespace

template <>
void CudaBackend::implement(const verb::Conv2dForward& v) {
  require_f32(v.y.dtype, "conv2d_forward");
  const Convolution c(ConvDirection::forward, v.x.shape, v.w.shape[0], v.params);
  const Workspace::Scope scope(workspace());
  const std::int64_t rows = c.rows(c.p.n);
  const auto z = v.params.pool ? scratch<float>(rows * c.p.cout, v.y.models) : each<float>(v.y);
  for (int m = 0; m < v.y.models; ++m)
    convolve(*this, z.of(m), each<float>(v.x).of(m), each<float>(v.w).of(m), c);
  if (!v.params.pool)
    return bias_relu(stream(), z, each<float>(v.b), rows, c.p.cout, v.params.relu);
  launch_each(stream(), "bias, relu and pool", v.y.count(), pool_kernel, each<float>(v.y),
              each<std::uint8_t>(v.argmax), z, each<float>(v.b), v.y.count(), c.p.oh, c.p.ow,
              c.p.cout, v.params.relu);
}

template <>
void CudaBackend::implement(const verb::Conv2dBackwardInput& v) {
  require_f32(v.dx.dtype, "conv2d_backward_input");
  const Convolution c(ConvDirection::backward_input, v.dx.shape, v.w.shape[0], v.params);
  const Workspace::Scope scope(workspace());
  const auto dz = dense_gradient(*this, v, c.p);
  for (int m = 0; m < v.dx.models; ++m)
    input_gradient(*this, v.dx.model(m), dz.of(m), each<float>(v.w).of(m), c, v.write);
}

template <>
void CudaBackend::implement(const verb::Conv2dBackwardWeight& v) {
  require_f32(v.dw.dtype, "conv2d_backward_weight");
  const Convolution c(ConvDirection::backward_weight, v.x.shape, v.dw.shape[0], v.params);
  const Workspace::Scope scope(workspace());
  const auto dz = dense_gradient(*this, v, c.p);
  if (v.db) {
    View bias = v.db;
    bias.shape = Shape{1, c.p.cout};
    implement(verb::Reduce{.y = bias,
                           .x = view_of(dz, Shape{c.rows(c.p.n), c.p.cout}),
                           .op = ReduceOp::sum,
                           .write = v.write});
  }
  for (int m = 0; m < v.dw.models; ++m)
    weight_gradient(*this, v.dw.model(m), dz.of(m), each<float>(v.x).of(m), c, v.write);
}

}  // namespace hone::kernels
