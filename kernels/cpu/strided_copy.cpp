// strided_copy: the axes of the box are merged where both sides allow it, then it is rows of the
// last one.
#include <cstring>

#include "kernels/cpu/cpu_backend.h"

namespace hone::kernels {
namespace {

// The same elements by as few axes as it takes, the last of them the longest run.
struct Merged {
  explicit Merged(const StridedCopyParams& params) {
    for (int axis = 0; axis < params.box.rank(); ++axis) {
      const auto k = static_cast<std::size_t>(axis);
      const std::int64_t extent = params.box[axis];
      if (extent == 1) continue;
      const bool continues = rank > 0 && y[rank - 1] == params.y_strides[k] * extent &&
                             x[rank - 1] == params.x_strides[k] * extent;
      if (!continues) extents[rank++] = 1;
      extents[rank - 1] *= extent;
      y[rank - 1] = params.y_strides[k];
      x[rank - 1] = params.x_strides[k];
    }
    if (rank == 0) extents[rank++] = 1;
  }
  std::size_t rank = 0;
  std::array<std::int64_t, Shape::kMaxRank> extents{}, y{}, x{};

  std::int64_t run() const { return extents[rank - 1]; }
  // Where row `row` of the box begins, beyond the offsets.
  std::pair<std::int64_t, std::int64_t> row(std::int64_t row) const {
    std::int64_t to = 0, from = 0;
    for (std::size_t k = rank - 1; k-- > 0;) {
      to += row % extents[k] * y[k];
      from += row % extents[k] * x[k];
      row /= extents[k];
    }
    return {to, from};
  }
};

template <class T>
void copy_run(T* y, const T* x, std::int64_t n, std::int64_t step_y, std::int64_t step_x,
              Write write) {
  if (write == Write::set) {
    if (step_y == 1 && step_x == 1) {
      std::memcpy(y, x, static_cast<std::size_t>(n) * sizeof(T));
    } else {
      for (std::int64_t i = 0; i < n; ++i) y[i * step_y] = x[i * step_x];
    }
  } else {
    for (std::int64_t i = 0; i < n; ++i)
      y[i * step_y] = static_cast<T>(y[i * step_y] + x[i * step_x]);
  }
}

}  // namespace

template <>
void CpuBackend::implement(const verb::StridedCopy& v) {
  if (v.params.box.count() == 0) return;
  const Merged box(v.params);
  const std::int64_t run = box.run(), step_y = box.y[box.rank - 1], step_x = box.x[box.rank - 1];
  // Whole rows per chunk when they are short, parts of a row when they are long.
  const std::int64_t rows = run < kPointwisePart ? kPointwisePart / run : 1;
  const std::int64_t parts = (run + kPointwisePart - 1) / kPointwisePart;
  with_dtype(v.y.dtype, [&]<class T>(T) {
    T* y = v.y.as<T>() + v.params.y_offset;
    const T* x = v.x.as<T>() + v.params.x_offset;
    for_parts(
        v.params.box.count() / run * parts, rows, [&](std::int64_t first, std::int64_t count) {
          for (std::int64_t item = first; item < first + count; ++item) {
            const auto [to, from] = box.row(item / parts);
            const std::int64_t start = item % parts * kPointwisePart;
            const std::int64_t n = run - start < kPointwisePart ? run - start : kPointwisePart;
            copy_run(y + to + start * step_y, x + from + start * step_x, n, step_y, step_x,
                     v.write);
          }
        });
  });
}

}  // namespace hone::kernels
