// batch_norm_statistics and the block batch_norm_act_pool. Sums over a batch are made of fixed
// parts, each in double, added in order.
#include <algorithm>
#include <cmath>

#include "kernels/cpu/cpu_backend.h"

namespace hone::kernels {
namespace {

constexpr std::int64_t kParts = 64;

// x seen as images, and cut into parts of whole images.
struct Images {
  explicit Images(const Shape& shape)
      : count(shape[0]),
        height(shape.rank() == 2 ? 1 : shape[1]),
        width(shape.rank() == 2 ? 1 : shape[2]),
        channels(shape[-1]) {}
  std::int64_t count, height, width, channels;
  std::int64_t size() const { return height * width * channels; }
  std::int64_t per_part() const { return std::max<std::int64_t>((count + kParts - 1) / kParts, 1); }
  std::int64_t parts() const { return (count + per_part() - 1) / per_part(); }
};

// out[c] = the sum over parts of partial: [parts, C].
void add_parts(double* out, const double* partial, std::int64_t parts, std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) out[c] = 0;
  for (std::int64_t p = 0; p < parts; ++p)
    for (std::int64_t c = 0; c < channels; ++c) out[c] += partial[p * channels + c];
}

// The gradient of the values before ReLU and pooling, of one image: [H, W, C]; dy itself where
// nothing is to be undone, else `dense` filled with it.
const float* dense_image(float* dense, const verb::BatchNormActPoolBackward& v, const Images& x,
                         std::int64_t n, const SimdTable& simd) {
  const Images y(v.y.shape);
  const float* out = v.y.as<float>() + n * y.size();
  const float* dy = v.dy.as<float>() + n * y.size();
  if (!v.params.pool) {
    if (!v.params.relu) return dy;
    simd.relu_mask(dense, dy, out, y.size());
    return dense;
  }
  const std::uint8_t* argmax = v.argmax.as<std::uint8_t>() + n * y.size();
  const std::int64_t row = x.width * x.channels, out_row = y.width * y.channels;
  const PoolRow windows{y.width, x.channels, row, x.channels, v.params.relu};
  for (std::int64_t oy = 0; oy < y.height; ++oy) {
    float* to = dense + 2 * oy * row;
    simd.unpool_row(to, dy + oy * out_row, out + oy * out_row, argmax + oy * out_row, windows);
    if (x.width % 2 == 0) continue;  // else the last column is in no window
    std::fill_n(to + row - x.channels, x.channels, 0.0f);
    std::fill_n(to + 2 * row - x.channels, x.channels, 0.0f);
  }
  if (x.height % 2 != 0) std::fill_n(dense + (x.height - 1) * row, row, 0.0f);
  return dense;
}

}  // namespace

template <>
void CpuBackend::implement(const verb::BatchNormStatistics& v) {
  require_f32(v.x.dtype, "batch_norm_statistics");
  const Images x(v.x.shape);
  const Workspace::Scope scope(workspace());
  double* partial = workspace().take_array<double>(x.parts() * x.channels);
  double* mean = workspace().take_array<double>(x.channels);
  double* squares = workspace().take_array<double>(x.channels);
  const std::int64_t pixels = x.height * x.width;
  // Sums of x, then of squared distances to the mean.
  const auto sums = [&](bool distances) {
    for_parts(x.count, x.per_part(), [&](std::int64_t first, std::int64_t count) {
      double* sum = partial + first / x.per_part() * x.channels;
      for (std::int64_t c = 0; c < x.channels; ++c) sum[c] = 0;
      const float* rows = v.x.as<float>() + first * x.size();  // [pixels of the part, C]
      simd_.norm_sums(sum, rows, distances ? mean : nullptr, count * pixels, x.channels);
    });
  };
  const double n = static_cast<double>(x.count * pixels);
  sums(false);
  add_parts(mean, partial, x.parts(), x.channels);
  for (std::int64_t c = 0; c < x.channels; ++c) mean[c] /= n;
  sums(true);
  add_parts(squares, partial, x.parts(), x.channels);
  const auto move = [&](float& running, double batch) {
    running = static_cast<float>(v.params.momentum * static_cast<double>(running) +
                                 (1 - v.params.momentum) * batch);
  };
  for (std::int64_t c = 0; c < x.channels; ++c) {
    v.mean.as<float>()[c] = static_cast<float>(mean[c]);
    v.inverse.as<float>()[c] = static_cast<float>(1 / std::sqrt(squares[c] / n + v.params.epsilon));
    move(v.running_mean.as<float>()[c], mean[c]);
    move(v.running_variance.as<float>()[c], squares[c] / (v.params.unbiased ? n - 1 : n));
  }
}

template <>
void CpuBackend::implement(const verb::BatchNormActPoolForward& v) {
  require_f32(v.y.dtype, "batch_norm_act_pool_forward");
  const Images x(v.x.shape), y(v.y.shape);
  const NormChannels channels{v.mean.as<float>(), v.inverse.as<float>(), v.scale.as<float>(),
                              v.shift.as<float>()};
  for_parts(x.count, x.per_part(), [&](std::int64_t first, std::int64_t count) {
    const float* in = v.x.as<float>() + first * x.size();  // [count, H, W, C]
    float* out = v.y.as<float>() + first * y.size();       // [count, OH, OW, C]
    if (!v.params.pool)
      return simd_.norm_rows(out, in, channels, count * x.height * x.width, x.channels,
                             v.params.relu);
    const std::int64_t row = x.width * x.channels, out_row = y.width * y.channels;
    std::uint8_t* argmax = v.argmax.as<std::uint8_t>() + first * y.size();
    for (std::int64_t n = 0; n < count; ++n, in += x.size())
      for (std::int64_t oy = 0; oy < y.height; ++oy, out += out_row, argmax += out_row)
        simd_.norm_pool_row(out, argmax, in + 2 * oy * row, channels, y.width, row, x.channels,
                            v.params.relu);
  });
}

template <>
void CpuBackend::implement(const verb::BatchNormActPoolBackward& v) {
  require_f32(v.x.dtype, "batch_norm_act_pool_backward");
  const Images x(v.x.shape);
  const float *mean = v.mean.as<float>(), *inverse = v.inverse.as<float>();
  const std::int64_t pixels = x.height * x.width, parts = x.parts();
  const Workspace::Scope scope(workspace());
  double* sum_parts = workspace().take_array<double>(parts * x.channels);
  double* product_parts = workspace().take_array<double>(parts * x.channels);
  double* sum = workspace().take_array<double>(x.channels);
  double* product = workspace().take_array<double>(x.channels);
  // An image's gradient is made twice: that is faster than to keep those of a whole batch.
  float* scratch = workspace().take_array<float>(threads() * x.size());
  const auto for_images = [&](auto body) {  // body(n, gradient, part)
    parallel_for(threads(), parts, [&](std::int64_t part, int worker) {
      const std::int64_t last = std::min(x.count, (part + 1) * x.per_part());
      for (std::int64_t n = part * x.per_part(); n < last; ++n)
        body(n, dense_image(scratch + worker * x.size(), v, x, n, simd_), part);
    });
  };
  std::fill_n(sum_parts, parts * x.channels, 0.0);
  std::fill_n(product_parts, parts * x.channels, 0.0);
  for_images([&](std::int64_t n, const float* gradient, std::int64_t part) {
    simd_.norm_gradient_sums(sum_parts + part * x.channels, product_parts + part * x.channels,
                             gradient, v.x.as<float>() + n * x.size(), mean, inverse, pixels,
                             x.channels);
  });
  add_parts(sum, sum_parts, parts, x.channels);
  add_parts(product, product_parts, parts, x.channels);
  const auto store = [](float& y, float value, Write write) {
    y = write == Write::set ? value : y + value;
  };
  for (std::int64_t c = 0; c < x.channels; ++c) {
    if (v.dshift) store(v.dshift.as<float>()[c], static_cast<float>(sum[c]), v.parameters_write);
    if (v.dscale)
      store(v.dscale.as<float>()[c], static_cast<float>(product[c]), v.parameters_write);
  }
  if (!v.dx) return;
  const double share = v.params.fixed ? 0 : 1 / static_cast<double>(x.count * pixels);
  float* sum_share = workspace().take_array<float>(x.channels);
  float* product_share = workspace().take_array<float>(x.channels);
  for (std::int64_t c = 0; c < x.channels; ++c) {
    sum_share[c] = static_cast<float>(sum[c] * share);
    product_share[c] = static_cast<float>(product[c] * share);
  }
  const NormChannels channels{mean, inverse, v.scale.as<float>(), nullptr};
  for_images([&](std::int64_t n, const float* gradient, std::int64_t) {
    const std::int64_t begin = n * x.size();
    simd_.norm_gradient_rows(v.dx.as<float>() + begin, gradient, v.x.as<float>() + begin, channels,
                             sum_share, product_share, pixels, x.channels, v.write);
  });
}

}  // namespace hone::kernels
