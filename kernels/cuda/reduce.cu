// reduce, arg_reduce, broadcast_to. Sums are cut and added as the cpu backend does it, so that
// their bits are the same.
#include "kernels/cuda/verb_file.h"
#include "kernels/reduced_axes.h"

namespace hone::kernels {
namespace {

// The reduced axis in pieces of `rows`, `parts` of them.
struct Pieces {
  std::int64_t rows, parts;
};

// y: [outer, parts, inner], one column of a piece of x: [outer, reduced, inner] a thread.
__global__ void columns_kernel(Each<float> y, Each<const float> x, Middle middle, Pieces pieces,
                               Write write) {
  const std::int64_t count = middle.outer * pieces.parts * middle.inner;
  device::for_each(count, [=](std::int64_t i) {
    const std::int64_t piece = i / middle.inner, column = i % middle.inner;
    const std::int64_t first = piece % pieces.parts * pieces.rows;
    const std::int64_t rows =
        middle.reduced - first < pieces.rows ? middle.reduced - first : pieces.rows;
    const float* from = x + (piece / pieces.parts * middle.reduced + first) * middle.inner + column;
    float sum = from[0];
    for (std::int64_t r = 1; r < rows; ++r) sum += from[r * middle.inner];
    put(y[i], sum, write);
  });
}

constexpr int kWarpsOfRows = 4;  // in a block
constexpr int kSums = 16;        // that are kept of a row

// y: [outer, parts] from x: [outer, reduced], a piece a warp. Sum j is that of the elements
// j, j + 16, ...; the sums are then added in halves.
__global__ void rows_kernel(Each<float> y, Each<const float> x, Middle middle, Pieces pieces,
                            Write write) {
  const int lane = device::thread_x() % 32;
  const std::int64_t piece =
      static_cast<std::int64_t>(device::block_x()) * kWarpsOfRows + device::thread_x() / 32;
  const bool inside = piece < middle.outer * pieces.parts;
  float sum = 0;
  if (inside && lane < kSums) {
    const std::int64_t first = piece % pieces.parts * pieces.rows;
    const std::int64_t count =
        middle.reduced - first < pieces.rows ? middle.reduced - first : pieces.rows;
    const float* from = x + piece / pieces.parts * middle.reduced + first;
    for (std::int64_t i = lane; i < count; i += kSums) sum += from[i];
  }
  for (int width = kSums / 2; width > 0; width /= 2) sum += device::shuffle_down(sum, width);
  if (inside && lane == 0) put(y[piece], sum, write);
}

// y: [outer, inner] from the pieces' sums: [outer, parts, inner].
__global__ void pieces_kernel(Each<float> y, Each<const float> sums, Middle middle,
                              std::int64_t parts, Write write) {
  device::for_each(middle.outer * middle.inner, [=](std::int64_t i) {
    const float* from = sums + i / middle.inner * parts * middle.inner + i % middle.inner;
    float sum = from[0];
    for (std::int64_t p = 1; p < parts; ++p) sum += from[p * middle.inner];
    put(y[i], sum, write);
  });
}

// Reduced axes that do not lie side by side: an element of y a thread. `part`: the elements of x
// that one of y stands for.
__global__ void scattered_kernel(Each<float> y, Each<const float> x, std::int64_t count,
                                 Layout<1> first, std::int64_t each, Layout<1> part, Write write) {
  device::for_each(count, [=](std::int64_t i) {
    const float* from = x + first(i).of[0];
    double sum = 0;
    for (std::int64_t j = 0; j < each; ++j) sum += static_cast<double>(from[part(j).of[0]]);
    put(y[i], static_cast<float>(sum), write);
  });
}

__global__ void broadcast_kernel(Each<float> y, Each<const float> x, std::int64_t count,
                                 Layout<1> layout, Write write) {
  device::for_each(count, [=](std::int64_t i) { put(y[i], x[layout(i).of[0]], write); });
}

// y: [outer, inner], x: [outer, n, inner]
template <class T>
__global__ void arg_kernel(Each<std::int32_t> y, Each<const T> x, std::int64_t count,
                           std::int64_t n, std::int64_t inner, ArgReduceOp op) {
  device::for_each(count, [=](std::int64_t i) {
    const T* first = x + i / inner * n * inner + i % inner;
    std::int64_t best = 0;
    for (std::int64_t j = 1; j < n; ++j) {
      const T value = first[j * inner], so_far = first[best * inner];
      if (op == ArgReduceOp::max ? exceeds(value, so_far) : falls_below(value, so_far)) best = j;
    }
    y[i] = static_cast<std::int32_t>(best);
  });
}

__global__ void nothing_kernel(Each<float> y, std::int64_t count, Write write) {
  device::for_each(count, [=](std::int64_t i) { put(y[i], 0.0f, write); });
}

void reduce_scattered(cudaStream_t stream, const verb::Reduce& v) {
  const Strides strides = strides_onto(v.x.shape, v.x.shape);
  Shape part = v.x.shape;
  for (int axis = 0; axis < part.rank(); ++axis)
    if (v.y.shape[axis] == v.x.shape[axis]) part = part.with(axis, 1);
  launch_each(stream, "reduce", v.y.count(), scattered_kernel, each<float>(v.y), each<float>(v.x),
              v.y.count(), Layout<1>(v.y.shape, strides), part.count(), Layout<1>(part, strides),
              v.write);
}

}  // namespace

template <>
void CudaBackend::implement(const verb::Reduce& v) {
  require_f32(v.y.dtype, "reduce");
  if (v.x.count() == 0)
    return launch_each(stream(), "reduce", v.y.count(), nothing_kernel, each<float>(v.y),
                       v.y.count(), v.write);
  Middle middle;
  if (!as_middle(v.y.shape, v.x.shape, middle)) return reduce_scattered(stream(), v);
  const std::int64_t rows = std::max<std::int64_t>(1, 8192 / middle.inner);
  const Pieces pieces{rows, (middle.reduced + rows - 1) / rows};
  const bool whole = pieces.parts == 1;
  const Workspace::Scope scope(workspace());
  const std::int64_t count = middle.outer * pieces.parts * middle.inner;
  const auto sums = whole ? each<float>(v.y) : scratch<float>(count, v.y.models);
  const Write write = whole ? v.write : Write::set;
  if (middle.inner == 1) {
    const dim3 grid(static_cast<unsigned>((count + kWarpsOfRows - 1) / kWarpsOfRows));
    launch(stream(), "reduce", grid, dim3(32 * kWarpsOfRows), 0, rows_kernel, sums,
           each<float>(v.x), middle, pieces, write);
  } else {
    launch_each(stream(), "reduce", count, columns_kernel, sums, each<float>(v.x), middle, pieces,
                write);
  }
  if (!whole)
    launch_each(stream(), "reduce", middle.outer * middle.inner, pieces_kernel, each<float>(v.y),
                sums, middle, pieces.parts, v.write);
}

template <>
void CudaBackend::implement(const verb::BroadcastTo& v) {
  require_f32(v.y.dtype, "broadcast_to");
  const Strides strides = strides_onto(v.x.shape, v.y.shape);
  launch_each(stream(), "broadcast_to", v.y.count(), broadcast_kernel, each<float>(v.y),
              each<float>(v.x), v.y.count(), Layout<1>(v.y.shape, strides), v.write);
}

template <>
void CudaBackend::implement(const verb::ArgReduce& v) {
  with_dtype(v.x.dtype, [&](auto zero) {
    using T = decltype(zero);
    launch_each(stream(), "arg_reduce", v.y.count(), arg_kernel<T>, each<std::int32_t>(v.y),
                each<T>(v.x), v.y.count(), v.x.shape[1], v.x.shape[2], v.op);
  });
}

}  // namespace hone::kernels
