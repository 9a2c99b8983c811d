// fill, copy, cast, advance, unary, binary, compare, where, broadcast_to, dropout, random: split
// into fixed parts, one loop per part.
#include "kernels/pointwise.h"

#include <algorithm>
#include <cstring>

#include "kernels/cpu/cpu_backend.h"

namespace hone::kernels {
namespace {

// What the last axes of y have in common: each operand is either whole or repeated over all of
// them.
template <std::size_t N>
struct InnerPart {
  std::int64_t count = 1;      // elements of these axes
  std::array<int, N> steps{};  // 1: whole, 0: repeated
};

template <std::size_t N>
InnerPart<N> inner_part(const Shape& y, const std::array<Strides, N>& operands) {
  InnerPart<N> part;
  part.steps.fill(1);
  bool known = false;  // not while all inner extents were 1
  for (int axis = y.rank() - 1; axis >= 0; --axis) {
    if (y[axis] == 1) continue;
    std::array<int, N> steps{};
    for (std::size_t i = 0; i < N; ++i) steps[i] = operands[i][static_cast<std::size_t>(axis)] != 0;
    if (known && steps != part.steps) break;
    part.steps = steps;
    known = true;
    part.count *= y[axis];
  }
  return part;
}

// One run of compare: y[i] = holds(a[i * step_a], b[i * step_b]).
template <class T, class Holds>
void compare_run(std::uint8_t* y, const T* a, const T* b, std::int64_t n, int step_a, int step_b,
                 Holds holds) {
  if (step_a == 1 && step_b == 1) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = holds(a[i], b[i]);
  } else {
    for (std::int64_t i = 0; i < n; ++i) y[i] = holds(a[i * step_a], b[i * step_b]);
  }
}

}  // namespace

template <std::size_t N, class Body>
void CpuBackend::for_runs_of(const Shape& y, const std::array<Strides, N>& operands, Body body) {
  if (y.count() == 0) return;
  const InnerPart<N> inner = inner_part(y, operands);
  const std::int64_t outer = y.count() / inner.count;
  // Whole rows per chunk when rows are short, parts of a row when they are long.
  const std::int64_t rows = inner.count < kPointwisePart ? kPointwisePart / inner.count : 1;
  const std::int64_t parts = (inner.count + kPointwisePart - 1) / kPointwisePart;
  for_parts(outer * parts, rows, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t item = first; item < first + count; ++item) {
      const std::int64_t row = item / parts, start = item % parts * kPointwisePart;
      const std::int64_t n = std::min(inner.count - start, kPointwisePart);
      std::array<std::int64_t, N> offsets;
      for (std::size_t i = 0; i < N; ++i)
        offsets[i] = offset_of(row * inner.count, y, operands[i]) + start * inner.steps[i];
      body(row * inner.count + start, offsets, n, inner.steps);
    }
  });
}

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
void CpuBackend::implement(const verb::Cast& v) {
  with_dtype(v.y.dtype, [&]<class To>(To) {
    with_dtype(v.x.dtype, [&]<class From>(From) {
      for_parts(v.y.count(), kPointwisePart, [&](std::int64_t first, std::int64_t count) {
        for (std::int64_t i = first; i < first + count; ++i)
          v.y.as<To>()[i] = converted<To>(v.x.as<From>()[i]);
      });
    });
  });
}

template <>
void CpuBackend::implement(const verb::Binary& v) {
  require_f32(v.y.dtype, "binary");
  const std::array<Strides, 2> operands{strides_onto(v.a.shape, v.y.shape),
                                        strides_onto(v.b.shape, v.y.shape)};
  for_runs_of(v.y.shape, operands, [&](std::int64_t at, auto offsets, std::int64_t n, auto steps) {
    simd_.binary(v.y.as<float>() + at, v.a.as<float>() + offsets[0], v.b.as<float>() + offsets[1],
                 n, steps[0], steps[1], v.op);
  });
}

template <>
void CpuBackend::implement(const verb::Compare& v) {
  const std::array<Strides, 2> operands{strides_onto(v.a.shape, v.y.shape),
                                        strides_onto(v.b.shape, v.y.shape)};
  with_dtype(v.a.dtype, [&]<class T>(T) {
    with_compare_op<T>(v.op, [&](auto holds, bool swapped) {
      for_runs_of(v.y.shape, operands,
                  [&](std::int64_t at, auto offsets, std::int64_t n, auto steps) {
                    const T *a = v.a.as<T>() + offsets[0], *b = v.b.as<T>() + offsets[1];
                    std::uint8_t* y = v.y.as<std::uint8_t>() + at;
                    if (swapped) {
                      compare_run(y, b, a, n, steps[1], steps[0], holds);
                    } else {
                      compare_run(y, a, b, n, steps[0], steps[1], holds);
                    }
                  });
    });
  });
}

template <>
void CpuBackend::implement(const verb::Where& v) {
  const std::array<Strides, 3> operands{strides_onto(v.mask.shape, v.y.shape),
                                        strides_onto(v.a.shape, v.y.shape),
                                        strides_onto(v.b.shape, v.y.shape)};
  with_dtype(v.y.dtype, [&]<class T>(T) {
    for_runs_of(v.y.shape, operands,
                [&](std::int64_t at, auto offsets, std::int64_t n, auto steps) {
                  T* y = v.y.as<T>() + at;
                  const std::uint8_t* mask = v.mask.as<std::uint8_t>() + offsets[0];
                  const T *a = v.a.as<T>() + offsets[1], *b = v.b.as<T>() + offsets[2];
                  for (std::int64_t i = 0; i < n; ++i)
                    y[i] = mask[i * steps[0]] != 0 ? a[i * steps[1]] : b[i * steps[2]];
                });
  });
}

template <>
void CpuBackend::implement(const verb::BroadcastTo& v) {
  require_f32(v.y.dtype, "broadcast_to");
  const std::array<Strides, 1> operands{strides_onto(v.x.shape, v.y.shape)};
  for_runs_of(v.y.shape, operands, [&](std::int64_t at, auto offsets, std::int64_t n, auto steps) {
    float* out = v.y.as<float>() + at;
    const float* in = v.x.as<float>() + offsets[0];
    if (steps[0] == 0) {
      simd_.put_value(out, *in, n, v.write);
    } else if (v.write == Write::add) {
      simd_.accumulate(out, in, n);
    } else {
      std::memmove(out, in, static_cast<std::size_t>(n) * sizeof(float));
    }
  });
}

template <>
void CpuBackend::implement(const verb::Random& v) {
  require_f32(v.y.dtype, "random");
  const std::uint32_t step_now =
      v.step ? static_cast<std::uint32_t>(*v.step.as<std::int32_t>()) : 0;
  for_parts(v.y.count(), kPointwisePart, [&](std::int64_t first, std::int64_t count) {
    float* y = v.y.as<float>() + first;
    for (std::int64_t i = 0; i < count; i += 4) {
      float four[4];
      random_block(four, v.params, static_cast<std::uint64_t>((first + i) / 4), step_now);
      std::copy_n(four, std::min<std::int64_t>(4, count - i), y + i);
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
