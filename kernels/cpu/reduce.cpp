// reduce: fixed parts, each with a partial result, combined in a fixed order. arg_reduce.
#include <algorithm>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/pointwise.h"
#include "kernels/reduced_axes.h"

namespace hone::kernels {
namespace {

// y[c] = the place of the first greatest or least of x[.., c]. x: [n, inner]
template <class T, class Beats>
void arg_columns(std::int32_t* y, const T* x, std::int64_t n, std::int64_t inner, Beats beats) {
  for (std::int64_t c = 0; c < inner; ++c) y[c] = 0;
  for (std::int64_t j = 1; j < n; ++j)
    for (std::int64_t c = 0; c < inner; ++c)
      if (beats(x[j * inner + c], x[y[c] * inner + c])) y[c] = static_cast<std::int32_t>(j);
}

void store(float& y, float value, Write write) { y = write == Write::set ? value : y + value; }

// Scattered axes: one element of y at a time, in double.
float reduce_scattered(const float* first, const Shape& part, const Strides& strides) {
  double sum = 0;
  for (std::int64_t j = 0; j < part.count(); ++j)
    sum += static_cast<double>(first[offset_of(j, part, strides)]);
  return static_cast<float>(sum);
}

}  // namespace

template <>
void CpuBackend::implement(const verb::Reduce& v) {
  require_f32(v.y.dtype, "reduce");
  float* out = v.y.as<float>();
  const float* in = v.x.as<float>();
  if (v.x.count() == 0) {
    for (std::int64_t i = 0; i < v.y.count(); ++i) store(out[i], 0.0f, v.write);
    return;
  }
  Middle middle;
  if (!as_middle(v.y.shape, v.x.shape, middle)) {
    const Strides strides = strides_onto(v.x.shape, v.x.shape);
    Shape part = v.x.shape;
    for (int axis = 0; axis < part.rank(); ++axis)
      if (v.y.shape[axis] == v.x.shape[axis]) part = part.with(axis, 1);
    return for_parts(v.y.count(), 64, [&](std::int64_t first, std::int64_t count) {
      for (std::int64_t i = first; i < first + count; ++i)
        store(out[i], reduce_scattered(in + offset_of(i, v.y.shape, strides), part, strides),
              v.write);
    });
  }
  // Each of `parts` pieces of the reduced axis leaves [inner] values in `partial`.
  const Workspace::Scope scope(workspace());
  const std::int64_t rows = std::max<std::int64_t>(1, 8192 / middle.inner);
  const std::int64_t parts = (middle.reduced + rows - 1) / rows;
  float* partial = workspace().take_array<float>(middle.outer * parts * middle.inner);
  const std::int64_t together =
      parts > 1 ? 1 : std::max<std::int64_t>(1, kPointwisePart / (middle.reduced * middle.inner));
  for_parts(middle.outer * parts, together, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t piece = first; piece < first + count; ++piece) {
      const std::int64_t row = piece % parts * rows;
      const float* from = in + (piece / parts * middle.reduced + row) * middle.inner;
      const std::int64_t n = std::min(rows, middle.reduced - row);
      float* to = partial + piece * middle.inner;
      if (middle.inner == 1) {
        *to = simd_.reduce_row(from, n);
      } else {
        simd_.reduce_columns(to, from, n, middle.inner);
      }
    }
  });
  for_parts(middle.outer, std::max<std::int64_t>(1, 4096 / (parts * middle.inner)),
            [&](std::int64_t first, std::int64_t count) {
              for (std::int64_t o = first; o < first + count; ++o) {
                float* values = partial + o * parts * middle.inner;
                for (std::int64_t p = 1; p < parts; ++p)
                  for (std::int64_t c = 0; c < middle.inner; ++c)
                    values[c] += values[p * middle.inner + c];
                for (std::int64_t c = 0; c < middle.inner; ++c)
                  store(out[o * middle.inner + c], values[c], v.write);
              }
            });
}

template <>
void CpuBackend::implement(const verb::ArgReduce& v) {
  const std::int64_t n = v.x.shape[1], inner = v.x.shape[2];
  if (v.y.count() == 0) return;
  with_dtype(v.x.dtype, [&]<class T>(T) {
    const std::int64_t together = std::max<std::int64_t>(1, kPointwisePart / (n * inner));
    for_parts(v.x.shape[0], together, [&](std::int64_t first, std::int64_t count) {
      for (std::int64_t o = first; o < first + count; ++o) {
        std::int32_t* y = v.y.as<std::int32_t>() + o * inner;
        const T* x = v.x.as<T>() + o * n * inner;
        if (v.op == ArgReduceOp::max) {
          arg_columns(y, x, n, inner, [](T a, T b) { return exceeds(a, b); });
        } else {
          arg_columns(y, x, n, inner, [](T a, T b) { return falls_below(a, b); });
        }
      }
    });
  });
}

}  // namespace hone::kernels
