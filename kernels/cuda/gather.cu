// gather and scatter_add along an axis.
#include <limits>

#include "kernels/cuda/verb_file.h"

namespace hone::kernels {
namespace {

// y: [outer, m, inner], x: [outer, n, inner]; places: of y's elements in the index
template <class T>
__global__ void gather_kernel(Each<T> y, Each<const T> x, Each<const std::int32_t> index,
                              std::int64_t count, Layout<1> places, std::int64_t n, std::int64_t m,
                              std::int64_t inner) {
  device::for_each(count, [=](std::int64_t i) {
    const std::int64_t at = index[places(i).of[0]];
    const bool exists = at >= 0 && at < n;
    y[i] = exists ? x[(i / (m * inner) * n + at) * inner + i % inner]
                  : std::numeric_limits<T>::quiet_NaN();  // 0 in integers
  });
}

// y: [outer, n, inner], x: [outer, m, inner]; a thread goes down a column of x, so that the order
// of the sum is that of x.
template <class T>
__global__ void scatter_add_kernel(Each<T> y, Each<const T> x, Each<const std::int32_t> index,
                                   std::int64_t columns, Layout<1> places, std::int64_t n,
                                   std::int64_t m, std::int64_t inner, Write write) {
  device::for_each(columns, [=](std::int64_t i) {
    const std::int64_t outer = i / inner, column = i % inner;
    T* to = y + outer * n * inner + column;
    if (write == Write::set)
      for (std::int64_t j = 0; j < n; ++j) to[j * inner] = T(0);
    for (std::int64_t j = 0; j < m; ++j) {
      const std::int64_t from = (outer * m + j) * inner + column;
      const std::int64_t at = index[places(from).of[0]];
      if (at >= 0 && at < n) put(to[at * inner], x[from], Write::add);
    }
  });
}

}  // namespace

template <>
void CudaBackend::implement(const verb::Gather& v) {
  const Layout<1> places(v.y.shape, strides_onto(v.index.shape, v.y.shape));
  with_dtype(v.y.dtype, [&](auto zero) {
    using T = decltype(zero);
    launch_each(stream(), "gather", v.y.count(), gather_kernel<T>, each<T>(v.y), each<T>(v.x),
                each<std::int32_t>(v.index), v.y.count(), places, v.x.shape[1], v.y.shape[1],
                v.y.shape[2]);
  });
}

template <>
void CudaBackend::implement(const verb::ScatterAdd& v) {
  const Layout<1> places(v.x.shape, strides_onto(v.index.shape, v.x.shape));
  const std::int64_t columns = v.y.shape[0] * v.y.shape[2];
  with_dtype(v.y.dtype, [&](auto zero) {
    using T = decltype(zero);
    launch_each(stream(), "scatter_add", columns, scatter_add_kernel<T>, each<T>(v.y), each<T>(v.x),
                each<std::int32_t>(v.index), columns, places, v.y.shape[1], v.x.shape[1],
                v.x.shape[2], v.write);
  });
}

}  // namespace hone::kernels
