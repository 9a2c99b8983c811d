// batch_norm_statistics and the block batch_norm_act_pool, forward and backward.
#include <cmath>
#include <vector>

#include "kernels/pointwise.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {
namespace {

// x seen as images: [N, C] is [N, 1, 1, C].
Shape as_images(const Shape& x) { return x.rank() == 2 ? Shape{x[0], 1, 1, x[1]} : x; }

// The gradient before ReLU and pooling, as large as x.
template <class T>
std::vector<T> dense_gradient(const verb::BatchNormActPoolBackward& v) {
  const Shape x = as_images(v.x.shape), y = as_images(v.y.shape);
  std::vector<T> dense(static_cast<std::size_t>(x.count()), T(0));
  std::int64_t i = 0;
  for (std::int64_t n = 0; n < y[0]; ++n)
    for (std::int64_t oy = 0; oy < y[1]; ++oy)
      for (std::int64_t ox = 0; ox < y[2]; ++ox)
        for (std::int64_t c = 0; c < y[3]; ++c, ++i) {
          if (v.params.relu && !(v.y.as<T>()[i] > 0)) continue;
          const int p = v.params.pool ? v.argmax.as<std::uint8_t>()[i] : 0;
          const std::int64_t iy = v.params.pool ? oy * 2 + p / 2 : oy;
          const std::int64_t ix = v.params.pool ? ox * 2 + p % 2 : ox;
          dense[static_cast<std::size_t>(((n * x[1] + iy) * x[2] + ix) * x[3] + c)] =
              v.dy.as<T>()[i];
        }
  return dense;
}

}  // namespace

template <>
void RefBackend::implement(const verb::BatchNormStatistics& v) {
  const std::int64_t channels = v.x.shape[-1], rows = v.x.count() / channels;
  const auto n = static_cast<double>(rows);
  with_float(v.x.dtype, "batch_norm_statistics", [&]<class T>(T) {
    const auto move = [&](T& running, double batch) {
      running = static_cast<T>(v.params.momentum * static_cast<double>(running) +
                               (1 - v.params.momentum) * batch);
    };
    for (std::int64_t c = 0; c < channels; ++c) {
      double sum = 0, squares = 0;  // x: [rows, C]
      for (std::int64_t r = 0; r < rows; ++r)
        sum += static_cast<double>(v.x.as<T>()[r * channels + c]);
      const double mean = sum / n;
      for (std::int64_t r = 0; r < rows; ++r) {
        const double distance = static_cast<double>(v.x.as<T>()[r * channels + c]) - mean;
        squares += distance * distance;
      }
      v.mean.as<T>()[c] = static_cast<T>(mean);
      v.inverse.as<T>()[c] = static_cast<T>(1 / std::sqrt(squares / n + v.params.epsilon));
      move(v.running_mean.as<T>()[c], mean);
      move(v.running_variance.as<T>()[c], squares / (v.params.unbiased ? n - 1 : n));
    }
  });
}

template <>
void RefBackend::implement(const verb::BatchNormActPoolForward& v) {
  const Shape x = as_images(v.x.shape), y = as_images(v.y.shape);
  const int windows = v.params.pool ? 4 : 1, step = v.params.pool ? 2 : 1;
  with_float(v.y.dtype, "batch_norm_act_pool_forward", [&]<class T>(T) {
    std::int64_t i = 0;  // walks y, argmax: [N, OH, OW, C]
    for (std::int64_t n = 0; n < y[0]; ++n)
      for (std::int64_t oy = 0; oy < y[1]; ++oy)
        for (std::int64_t ox = 0; ox < y[2]; ++ox)
          for (std::int64_t c = 0; c < y[3]; ++c, ++i) {
            T best = 0;
            int position = 0;
            for (int p = 0; p < windows; ++p) {
              const std::int64_t iy = oy * step + p / 2, ix = ox * step + p % 2;
              const T value = v.x.as<T>()[((n * x[1] + iy) * x[2] + ix) * x[3] + c];
              const T normal = (value - v.mean.as<T>()[c]) * v.inverse.as<T>()[c];
              T out = normal * v.scale.as<T>()[c] + v.shift.as<T>()[c];
              if (v.params.relu && out < 0) out = 0;
              if (p == 0 || exceeds(out, best)) {
                best = out;
                position = p;
              }
            }
            v.y.as<T>()[i] = best;
            if (v.params.pool) v.argmax.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(position);
          }
  });
}

template <>
void RefBackend::implement(const verb::BatchNormActPoolBackward& v) {
  const std::int64_t channels = v.x.shape[-1], rows = v.x.count() / channels;
  with_float(v.x.dtype, "batch_norm_act_pool_backward", [&]<class T>(T) {
    const std::vector<T> dense = dense_gradient<T>(v);  // like x: [rows, C]
    const auto at = [&](std::int64_t r, std::int64_t c) { return r * channels + c; };
    for (std::int64_t c = 0; c < channels; ++c) {
      const T mean = v.mean.as<T>()[c], inverse = v.inverse.as<T>()[c];
      double sum = 0, product = 0;
      for (std::int64_t r = 0; r < rows; ++r) {
        const T g = dense[static_cast<std::size_t>(at(r, c))];
        const T h = (v.x.as<T>()[at(r, c)] - mean) * inverse;
        sum += static_cast<double>(g);
        product += static_cast<double>(g) * static_cast<double>(h);
      }
      if (v.dshift) put(v.dshift.as<T>()[c], static_cast<T>(sum), v.parameters_write);
      if (v.dscale) put(v.dscale.as<T>()[c], static_cast<T>(product), v.parameters_write);
      if (!v.dx) continue;
      const double share = v.params.fixed ? 0 : 1 / static_cast<double>(rows);
      const T mean_g = static_cast<T>(sum * share), mean_gh = static_cast<T>(product * share);
      const T factor = v.scale.as<T>()[c] * inverse;
      for (std::int64_t r = 0; r < rows; ++r) {
        const T g = dense[static_cast<std::size_t>(at(r, c))];
        const T h = (v.x.as<T>()[at(r, c)] - mean) * inverse;
        put(v.dx.as<T>()[at(r, c)], factor * (g - mean_g - h * mean_gh), v.write);
      }
    }
  });
}

}  // namespace hone::kernels
