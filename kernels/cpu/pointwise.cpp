// fill, copy, advance, unary, binary, broadcast_to, dropout: split into fixed parts, one SIMD loop
// per part.
#include "kernels/pointwise.h"

#include <cstring>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/indexing.h"

namespace hone::kernels {
namespace {

// Splits the axes of y into an outer and an inner part, such that a and b each are either whole or
// repeated over the inner part. Returns the elements of the inner part.
std::int64_t inner_part(const Shape& y, const Strides& a, const Strides& b) {
  std::int64_t inner = 1;
  int step_a = -1, step_b = -1;  // -1: not known yet, all inner extents were 1
  for (int axis = y.rank() - 1; axis >= 0; --axis) {
    if (y[axis] == 1) continue;
    const int this_a = a[static_cast<std::size_t>(axis)] != 0;
    const int this_b = b[static_cast<std::size_t>(axis)] != 0;
    if (step_a >= 0 && (this_a != step_a || this_b != step_b)) break;
    step_a = this_a;
    step_b = this_b;
    inner *= y[axis];
  }
  return inner;
}

// 1 when the last axis of y that is longer than 1 is walked, 0 when it is repeated.
int inner_step(const Shape& y, const Strides& strides) {
  for (int axis = y.rank() - 1; axis >= 0; --axis)
    if (y[axis] != 1) return strides[static_cast<std::size_t>(axis)] != 0;
  return 1;
}

}  // namespace

template <>
void CpuBackend::implement(const verb::Fill& v) {
  switch (v.y.dtype) {
    case DType::f32:
      return for_parts(v.y.count(), kPointwisePart, [&](std::int64_t first, std::int64_t count) {
        simd_.put_value(v.y.as<float>() + first, static_cast<float>(v.value), count, Write::set);
      });
    case DType::u8:
      if (v.y.count() > 0) std::memset(v.y.data, static_cast<std::uint8_t>(v.value), v.y.bytes());
      return;
    case DType::i32:
      for (std::int64_t i = 0; i < v.y.count(); ++i)
        v.y.as<std::int32_t>()[i] = static_cast<std::int32_t>(v.value);
      return;
    case DType::f64:
      for (std::int64_t i = 0; i < v.y.count(); ++i) v.y.as<double>()[i] = v.value;
      return;
  }
}

template <>
void CpuBackend::implement(const verb::Copy& v) {
  check(v.x.dtype == v.y.dtype, "copy: the types differ ({} from {})", name_of(v.y.dtype),
        name_of(v.x.dtype));
  if (v.write == Write::set) {
    if (v.y.count() > 0) std::memmove(v.y.data, v.x.data, v.y.bytes());
    return;
  }
  require_f32(v.y.dtype, "copy (add)");
  for_parts(v.y.count(), kPointwisePart, [&](std::int64_t first, std::int64_t count) {
    simd_.accumulate(v.y.as<float>() + first, v.x.as<float>() + first, count);
  });
}

template <>
void CpuBackend::implement(const verb::Advance& v) {
  v.counters.as<std::int32_t>()[v.index] += v.by;
}

template <>
void CpuBackend::implement(const verb::Unary& v) {
  require_f32(v.y.dtype, "unary");
  for_parts(v.y.count(), kPointwisePart, [&](std::int64_t first, std::int64_t count) {
    simd_.unary(v.y.as<float>() + first, v.x.as<float>() + first, count, v.params);
  });
}

template <>
void CpuBackend::implement(const verb::UnaryBackward& v) {
  require_f32(v.dx.dtype, "unary_backward");
  for_parts(v.dx.count(), kPointwisePart, [&](std::int64_t first, std::int64_t count) {
    simd_.unary_backward(v.dx.as<float>() + first, v.dy.as<float>() + first,
                         v.x.as<float>() + first, v.y.as<float>() + first, count, v.params,
                         v.write);
  });
}

template <>
void CpuBackend::implement(const verb::Binary& v) {
  require_f32(v.y.dtype, "binary");
  if (v.y.count() == 0) return;
  const Strides stride_a = strides_onto(v.a.shape, v.y.shape);
  const Strides stride_b = strides_onto(v.b.shape, v.y.shape);
  const std::int64_t inner = inner_part(v.y.shape, stride_a, stride_b);
  const int step_a = inner_step(v.y.shape, stride_a), step_b = inner_step(v.y.shape, stride_b);
  const std::int64_t outer = v.y.count() / inner;
  // Whole rows per chunk when rows are short, parts of a row when they are long.
  const std::int64_t rows = inner < kPointwisePart ? kPointwisePart / inner : 1;
  const std::int64_t parts = (inner + kPointwisePart - 1) / kPointwisePart;
  for_parts(outer * parts, rows, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t item = first; item < first + count; ++item) {
      const std::int64_t row = item / parts, start = item % parts * kPointwisePart;
      const std::int64_t n = inner - start < kPointwisePart ? inner - start : kPointwisePart;
      const std::int64_t base = row * inner;
      simd_.binary(v.y.as<float>() + base + start,
                   v.a.as<float>() + offset_of(base, v.y.shape, stride_a) + start * step_a,
                   v.b.as<float>() + offset_of(base, v.y.shape, stride_b) + start * step_b, n,
                   step_a, step_b, v.op);
    }
  });
}

template <>
void CpuBackend::implement(const verb::BroadcastTo& v) {
  require_f32(v.y.dtype, "broadcast_to");
  if (v.y.count() == 0) return;
  const Strides stride_x = strides_onto(v.x.shape, v.y.shape);
  const std::int64_t inner = inner_part(v.y.shape, stride_x, stride_x);
  const int step = inner_step(v.y.shape, stride_x);
  const std::int64_t rows = inner < kPointwisePart ? kPointwisePart / inner : 1;
  for_parts(v.y.count() / inner, rows, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t row = first; row < first + count; ++row) {
      float* out = v.y.as<float>() + row * inner;
      const float* in = v.x.as<float>() + offset_of(row * inner, v.y.shape, stride_x);
      if (step == 0) {
        simd_.put_value(out, *in, inner, v.write);
      } else if (v.write == Write::add) {
        simd_.accumulate(out, in, inner);
      } else {
        std::memmove(out, in, static_cast<std::size_t>(inner) * sizeof(float));
      }
    }
  });
}

template <>
void CpuBackend::implement(const verb::Dropout& v) {
  require_f32(v.y.dtype, "dropout");
  const DropoutRow row = *v.row.as<DropoutRow>();
  const auto step_now = static_cast<std::uint32_t>(*v.step.as<std::int32_t>());
  for_parts(v.y.count(), kPointwisePart, [&](std::int64_t first, std::int64_t count) {
    simd_.dropout(v.y.as<float>() + first, v.x.as<float>() + first, first, count, row, v.params,
                  step_now, v.write);
  });
}

}  // namespace hone::kernels
