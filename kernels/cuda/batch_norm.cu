// batch_norm_statistics and the block batch_norm_act_pool. Sums over a batch are made of fixed
// parts, each in double, added in order: the parts of the cpu backend, so that their bits are the
// same.
#include "kernels/cuda/verb_file.h"

namespace hone::kernels {
namespace {

// x seen as images, and cut into parts of whole images.
struct Images {
  static constexpr std::int64_t kParts = 64;
  std::int64_t count, height, width, channels, per_part, parts;

  explicit Images(const Shape& shape)
      : count(shape[0]),
        height(shape.rank() == 2 ? 1 : shape[1]),
        width(shape.rank() == 2 ? 1 : shape[2]),
        channels(shape[-1]),
        per_part(std::max<std::int64_t>((count + kParts - 1) / kParts, 1)),
        parts((count + per_part - 1) / per_part) {}
  double values() const { return static_cast<double>(count * height * width); }  // a channel
};

// Rows first .. last of x: [rows, C] are part `part`.
__device__ void rows_of_part(const Images& x, std::int64_t part, std::int64_t& first,
                             std::int64_t& last) {
  const std::int64_t pixels = x.height * x.width, end = (part + 1) * x.per_part;
  first = part * x.per_part * pixels;
  last = (end < x.count ? end : x.count) * pixels;
}

// The sum over parts of partial: [parts, C], of channel c.
__device__ double sum_of_parts(const double* partial, const Images& x, std::int64_t c) {
  double sum = 0;
  for (std::int64_t p = 0; p < x.parts; ++p) sum += partial[p * x.channels + c];
  return sum;
}

// partial: [parts, C] = sums of x or, with the parts' sums of it, of squared distances to the mean.
__global__ void partial_kernel(Each<double> partial, Each<const float> x, Each<const double> sums,
                               Images shape, double n) {
  device::for_each(shape.parts * shape.channels, [=](std::int64_t i) {
    const std::int64_t c = i % shape.channels;
    std::int64_t first, last;
    rows_of_part(shape, i / shape.channels, first, last);
    const double mean = sums != nullptr ? sum_of_parts(sums, shape, c) / n : 0.0;
    double sum = 0;
    for (std::int64_t r = first; r < last; ++r) {
      const double value = static_cast<double>(x[r * shape.channels + c]);
      const double distance = value - mean;
      sum += sums != nullptr ? distance * distance : value;
    }
    partial[i] = sum;
  });
}

__device__ void move(float& running, double batch, double momentum) {
  running = static_cast<float>(momentum * static_cast<double>(running) + (1 - momentum) * batch);
}

__global__ void statistics_kernel(Each<float> mean, Each<float> inverse, Each<float> running_mean,
                                  Each<float> running_variance, Each<const double> sums,
                                  Each<const double> squares, Images shape, double n,
                                  BatchNormStatisticsParams params) {
  device::for_each(shape.channels, [=](std::int64_t c) {
    const double center = sum_of_parts(sums, shape, c) / n;
    const double square = sum_of_parts(squares, shape, c);
    mean[c] = static_cast<float>(center);
    inverse[c] = static_cast<float>(1 / sqrt_of(square / n + params.epsilon));
    move(running_mean[c], center, params.momentum);
    move(running_variance[c], square / (params.unbiased ? n - 1 : n), params.momentum);
  });
}

// The four arrays of a channel's numbers.
struct Channel {
  Each<const float> mean, inverse, scale, shift;
};

__device__ float block_value(float x, const Channel& of, std::int64_t c, bool relu) {
  const float out = (x - of.mean[c]) * of.inverse[c] * of.scale[c] + of.shift[c];
  return relu && out < 0 ? 0.0f : out;
}

__global__ void forward_kernel(Each<float> y, Each<std::uint8_t> argmax, Each<const float> x,
                               Channel of, std::int64_t count, Images in, Images out,
                               BatchNormParams params) {
  device::for_each(count, [=](std::int64_t i) {
    const std::int64_t c = i % in.channels;
    if (!params.pool) {
      y[i] = block_value(x[i], of, c, params.relu);
      return;
    }
    const std::int64_t ox = i / in.channels % out.width, row = i / in.channels / out.width;
    const std::int64_t oy = row % out.height, n = row / out.height;
    const float* corner = x + ((n * in.height + oy * 2) * in.width + ox * 2) * in.channels + c;
    float best = block_value(*corner, of, c, params.relu);
    int position = 0;
    for (int p = 1; p < 4; ++p) {
      const float value =
          block_value(corner[(p / 2 * in.width + p % 2) * in.channels], of, c, params.relu);
      if (!exceeds(value, best)) continue;
      best = value;
      position = p;
    }
    y[i] = best;
    argmax[i] = static_cast<std::uint8_t>(position);
  });
}

// The block's gradient, as its backward reads it.
struct Gradient {
  Each<const float> dy, y;
  Each<const std::uint8_t> argmax;
  Images in, out;
  bool relu, pool;

  // Of the value before ReLU and pooling, of channel c of pixel `row` of x: [rows, C].
  __device__ float at(std::int64_t row, std::int64_t c) const {
    std::int64_t i = row * in.channels + c;
    if (pool) {
      const std::int64_t ix = row % in.width, iy = row / in.width % in.height;
      const std::int64_t n = row / in.width / in.height;
      if (iy / 2 >= out.height || ix / 2 >= out.width) return 0;
      i = ((n * out.height + iy / 2) * out.width + ix / 2) * in.channels + c;
      if (argmax[i] != iy % 2 * 2 + ix % 2) return 0;
    }
    return !relu || y[i] > 0 ? dy[i] : 0.0f;
  }
};

// sums, products: [parts, C], of g and of g h.
__global__ void gradient_parts_kernel(Each<double> sums, Each<double> products, Each<const float> x,
                                      Gradient g, Channel of) {
  device::for_each(g.in.parts * g.in.channels, [=](std::int64_t i) {
    const std::int64_t c = i % g.in.channels;
    std::int64_t first, last;
    rows_of_part(g.in, i / g.in.channels, first, last);
    double sum = 0, product = 0;
    for (std::int64_t r = first; r < last; ++r) {
      const float value = g.at(r, c);
      const float h = (x[r * g.in.channels + c] - of.mean[c]) * of.inverse[c];
      sum += static_cast<double>(value);
      product += static_cast<double>(value) * static_cast<double>(h);
    }
    sums[i] = sum;
    products[i] = product;
  });
}

// means: [2, C], of g and of g h, for dx.
__global__ void gradient_sums_kernel(Each<float> dscale, Each<float> dshift, Each<float> means,
                                     Each<const double> sums, Each<const double> products,
                                     Images shape, double share, Write write) {
  device::for_each(shape.channels, [=](std::int64_t c) {
    const double sum = sum_of_parts(sums, shape, c), product = sum_of_parts(products, shape, c);
    if (dshift != nullptr) put(dshift[c], static_cast<float>(sum), write);
    if (dscale != nullptr) put(dscale[c], static_cast<float>(product), write);
    means[c] = static_cast<float>(sum * share);
    means[shape.channels + c] = static_cast<float>(product * share);
  });
}

__global__ void gradient_kernel(Each<float> dx, Each<const float> x, Each<const float> means,
                                std::int64_t count, Gradient g, Channel of, Write write) {
  const std::int64_t channels = g.in.channels;
  device::for_each(count, [=](std::int64_t i) {
    const std::int64_t c = i % channels;
    const float h = (x[i] - of.mean[c]) * of.inverse[c];
    const float inner = g.at(i / channels, c) - means[c] - h * means[channels + c];
    put(dx[i], of.scale[c] * of.inverse[c] * inner, write);
  });
}

}  // namespace

template <>
void CudaBackend::implement(const verb::BatchNormStatistics& v) {
  require_f32(v.x.dtype, "batch_norm_statistics");
  const Images x(v.x.shape);
  const std::int64_t partial = x.parts * x.channels;
  const Workspace::Scope scope(workspace());
  const auto sums = scratch<double>(partial, v.mean.models);
  const auto squares = scratch<double>(partial, v.mean.models);
  const Each<const double> no_sums;
  launch_each(stream(), "batch_norm sums", partial, partial_kernel, sums, each<float>(v.x), no_sums,
              x, x.values());
  launch_each(stream(), "batch_norm squares", partial, partial_kernel, squares, each<float>(v.x),
              sums, x, x.values());
  launch_each(stream(), "batch_norm_statistics", x.channels, statistics_kernel, each<float>(v.mean),
              each<float>(v.inverse), each<float>(v.running_mean), each<float>(v.running_variance),
              sums, squares, x, x.values(), v.params);
}

template <>
void CudaBackend::implement(const verb::BatchNormActPoolForward& v) {
  require_f32(v.y.dtype, "batch_norm_act_pool_forward");
  const Channel of{each<float>(v.mean), each<float>(v.inverse), each<float>(v.scale),
                   each<float>(v.shift)};
  launch_each(stream(), "batch_norm_act_pool_forward", v.y.count(), forward_kernel,
              each<float>(v.y), each<std::uint8_t>(v.argmax), each<float>(v.x), of, v.y.count(),
              Images(v.x.shape), Images(v.y.shape), v.params);
}

template <>
void CudaBackend::implement(const verb::BatchNormActPoolBackward& v) {
  require_f32(v.x.dtype, "batch_norm_act_pool_backward");
  const Gradient g{each<float>(v.dy), each<float>(v.y),  each<std::uint8_t>(v.argmax),
                   Images(v.x.shape), Images(v.y.shape), v.params.relu,
                   v.params.pool};
  const Channel of{each<float>(v.mean), each<float>(v.inverse), each<float>(v.scale), nullptr};
  const std::int64_t partial = g.in.parts * g.in.channels;
  const int models = models_of(v);
  const Workspace::Scope scope(workspace());
  const auto sums = scratch<double>(partial, models);
  const auto products = scratch<double>(partial, models);
  const auto means = scratch<float>(2 * g.in.channels, models);
  launch_each(stream(), "batch_norm gradient parts", partial, gradient_parts_kernel, sums, products,
              each<float>(v.x), g, of);
  const double share = v.params.fixed ? 0 : 1 / g.in.values();
  launch_each(stream(), "batch_norm gradient sums", g.in.channels, gradient_sums_kernel,
              each<float>(v.dscale), each<float>(v.dshift), means, sums, products, g.in, share,
              v.parameters_write);
  if (!v.dx) return;
  launch_each(stream(), "batch_norm_act_pool_backward", v.dx.count(), gradient_kernel,
              each<float>(v.dx), each<float>(v.x), means, v.dx.count(), g, of, v.write);
}

}  // namespace hone::kernels
