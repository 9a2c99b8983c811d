// gather and scatter_add along an axis.
#include <algorithm>
#include <limits>

#include "kernels/cpu/cpu_backend.h"

namespace hone::kernels {
namespace {

// Rows [inner] of one view, by the outer index o and the place j; index: [outer or 1, m, inner or
// 1].
struct Index {
  explicit Index(const ConstView& view)
      : data(view.as<std::int32_t>()),
        m(view.shape[1]),
        each_outer(view.shape[0] != 1),
        inner(view.shape[2]) {}
  const std::int32_t* row(std::int64_t o, std::int64_t j) const {
    return data + ((each_outer ? o : 0) * m + j) * inner;
  }
  const std::int32_t* data;
  std::int64_t m;
  bool each_outer;
  std::int64_t inner;
};

}  // namespace

template <>
void CpuBackend::implement(const verb::Gather& v) {
  const Index index(v.index);
  const std::int64_t n = v.x.shape[1], m = v.y.shape[1], inner = v.y.shape[2];
  if (v.y.count() == 0) return;
  const std::int64_t rows = inner < kPointwisePart ? kPointwisePart / inner : 1;
  with_dtype(v.y.dtype, [&]<class T>(T) {
    constexpr T kNone = std::numeric_limits<T>::quiet_NaN();  // 0 in integers
    for_parts(v.y.shape[0] * m, rows, [&](std::int64_t first, std::int64_t count) {
      for (std::int64_t r = first; r < first + count; ++r) {
        const std::int64_t o = r / m;
        const std::int32_t* at = index.row(o, r % m);
        T* to = v.y.as<T>() + r * inner;              // [inner]
        const T* from = v.x.as<T>() + o * n * inner;  // [n, inner]
        if (index.inner == 1) {                       // one for the row
          const bool exists = *at >= 0 && *at < n;
          for (std::int64_t i = 0; i < inner; ++i) to[i] = exists ? from[*at * inner + i] : kNone;
          continue;
        }
        for (std::int64_t i = 0; i < inner; ++i)
          to[i] = at[i] >= 0 && at[i] < n ? from[at[i] * inner + i] : kNone;
      }
    });
  });
}

// Parts of the columns, each on one thread, go down the places in order.
template <>
void CpuBackend::implement(const verb::ScatterAdd& v) {
  const Index index(v.index);
  const std::int64_t n = v.y.shape[1], m = v.x.shape[1], inner = v.x.shape[2];
  constexpr std::int64_t kColumns = 64;
  const std::int64_t parts = (inner + kColumns - 1) / kColumns;
  with_dtype(v.y.dtype, [&]<class T>(T) {
    const auto add_part = [&](std::int64_t o, std::int64_t column, std::int64_t columns) {
      T* to = v.y.as<T>() + o * n * inner + column;          // [n, inner]
      const T* from = v.x.as<T>() + o * m * inner + column;  // [m, inner]
      if (v.write == Write::set)
        for (std::int64_t j = 0; j < n; ++j) std::fill_n(to + j * inner, columns, T(0));
      for (std::int64_t j = 0; j < m; ++j, from += inner) {
        const std::int32_t* at = index.row(o, j);
        if (index.inner == 1) {
          if (*at < 0 || *at >= n) continue;
          for (std::int64_t i = 0; i < columns; ++i)
            to[*at * inner + i] = static_cast<T>(to[*at * inner + i] + from[i]);
          continue;
        }
        for (std::int64_t i = 0; i < columns; ++i) {
          const std::int64_t place = at[column + i];
          if (place < 0 || place >= n) continue;
          to[place * inner + i] = static_cast<T>(to[place * inner + i] + from[i]);
        }
      }
    };
    const std::int64_t together =
        std::max<std::int64_t>(1, 4096 / std::max<std::int64_t>(1, (n + m) * inner));
    for_parts(v.y.shape[0] * parts, together, [&](std::int64_t first, std::int64_t count) {
      for (std::int64_t item = first; item < first + count; ++item) {
        const std::int64_t column = item % parts * kColumns;
        add_part(item / parts, column, std::min(kColumns, inner - column));
      }
    });
  });
}

}  // namespace hone::kernels
