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

void CpuBackend::do_fill(View y, double value) {
  switch (y.dtype) {
    case DType::f32:
      return for_parts(y.count(), kPointwisePart, [&](std::int64_t first, std::int64_t count) {
        simd_.put_value(y.as<float>() + first, static_cast<float>(value), count, Write::set);
      });
    case DType::u8:
      if (y.count() > 0) std::memset(y.data, static_cast<std::uint8_t>(value), y.bytes());
      return;
    case DType::i32:
      for (std::int64_t i = 0; i < y.count(); ++i)
        y.as<std::int32_t>()[i] = static_cast<std::int32_t>(value);
      return;
    case DType::f64:
      for (std::int64_t i = 0; i < y.count(); ++i) y.as<double>()[i] = value;
      return;
  }
}

void CpuBackend::do_copy(View y, ConstView x, Write write) {
  check(x.dtype == y.dtype, "copy: the types differ ({} from {})", name_of(y.dtype),
        name_of(x.dtype));
  if (write == Write::set) {
    if (y.count() > 0) std::memmove(y.data, x.data, y.bytes());
    return;
  }
  require_f32(y.dtype, "copy (add)");
  for_parts(y.count(), kPointwisePart, [&](std::int64_t first, std::int64_t count) {
    simd_.accumulate(y.as<float>() + first, x.as<float>() + first, count);
  });
}

void CpuBackend::do_advance(View counters, int index, int by) {
  counters.as<std::int32_t>()[index] += by;
}

void CpuBackend::do_unary(View y, ConstView x, UnaryParams params) {
  require_f32(y.dtype, "unary");
  for_parts(y.count(), kPointwisePart, [&](std::int64_t first, std::int64_t count) {
    simd_.unary(y.as<float>() + first, x.as<float>() + first, count, params);
  });
}

void CpuBackend::do_unary_backward(View dx, ConstView dy, ConstView x, ConstView y,
                                   UnaryParams params, Write write) {
  require_f32(dx.dtype, "unary_backward");
  for_parts(dx.count(), kPointwisePart, [&](std::int64_t first, std::int64_t count) {
    simd_.unary_backward(dx.as<float>() + first, dy.as<float>() + first, x.as<float>() + first,
                         y.as<float>() + first, count, params, write);
  });
}

void CpuBackend::do_binary(View y, ConstView a, ConstView b, BinaryOp op) {
  require_f32(y.dtype, "binary");
  if (y.count() == 0) return;
  const Strides stride_a = strides_onto(a.shape, y.shape);
  const Strides stride_b = strides_onto(b.shape, y.shape);
  const std::int64_t inner = inner_part(y.shape, stride_a, stride_b);
  const int step_a = inner_step(y.shape, stride_a), step_b = inner_step(y.shape, stride_b);
  const std::int64_t outer = y.count() / inner;
  // Whole rows per chunk when rows are short, parts of a row when they are long.
  const std::int64_t rows = inner < kPointwisePart ? kPointwisePart / inner : 1;
  const std::int64_t parts = (inner + kPointwisePart - 1) / kPointwisePart;
  for_parts(outer * parts, rows, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t item = first; item < first + count; ++item) {
      const std::int64_t row = item / parts, start = item % parts * kPointwisePart;
      const std::int64_t n = inner - start < kPointwisePart ? inner - start : kPointwisePart;
      const std::int64_t base = row * inner;
      simd_.binary(y.as<float>() + base + start,
                   a.as<float>() + offset_of(base, y.shape, stride_a) + start * step_a,
                   b.as<float>() + offset_of(base, y.shape, stride_b) + start * step_b, n, step_a,
                   step_b, op);
    }
  });
}

void CpuBackend::do_broadcast_to(View y, ConstView x, Write write) {
  require_f32(y.dtype, "broadcast_to");
  if (y.count() == 0) return;
  const Strides stride_x = strides_onto(x.shape, y.shape);
  const std::int64_t inner = inner_part(y.shape, stride_x, stride_x);
  const int step = inner_step(y.shape, stride_x);
  const std::int64_t rows = inner < kPointwisePart ? kPointwisePart / inner : 1;
  for_parts(y.count() / inner, rows, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t row = first; row < first + count; ++row) {
      float* out = y.as<float>() + row * inner;
      const float* in = x.as<float>() + offset_of(row * inner, y.shape, stride_x);
      if (step == 0) {
        simd_.put_value(out, *in, inner, write);
      } else if (write == Write::add) {
        simd_.accumulate(out, in, inner);
      } else {
        std::memmove(out, in, static_cast<std::size_t>(inner) * sizeof(float));
      }
    }
  });
}

void CpuBackend::do_dropout(View y, ConstView x, ConstView step, DropoutParams params,
                            Write write) {
  require_f32(y.dtype, "dropout");
  const auto step_now = static_cast<std::uint32_t>(*step.as<std::int32_t>());
  for_parts(y.count(), kPointwisePart, [&](std::int64_t first, std::int64_t count) {
    simd_.dropout(y.as<float>() + first, x.as<float>() + first, first, count, params, step_now,
                  write);
  });
}

}  // namespace hone::kernels
