// gather_rows: rows of any type by an order.
#include "kernels/cuda/verb_file.h"

namespace hone::kernels {
namespace {

// y: [rows, size], x: [held, size], as words that hold an element. A row that is out of range
// becomes one of 0xff bytes: NaN as f32 and f64.
template <class Word>
__global__ void gather_rows_kernel(Each<Word> y, Each<const Word> x, Each<const std::int32_t> order,
                                   Each<const std::int32_t> cursor, std::int64_t rows,
                                   std::int64_t size, std::int64_t held, std::int64_t ordered) {
  const std::int64_t first = *cursor;
  device::for_each(rows * size, [=](std::int64_t i) {
    const std::int64_t at = first + i / size;
    const std::int64_t index = at >= 0 && at < ordered ? order[at] : -1;
    const bool inside = index >= 0 && index < held;
    y[i] = inside ? x[index * size + i % size] : static_cast<Word>(~Word{0});
  });
}

template <class Word>
void gather(cudaStream_t stream, const verb::GatherRows& v) {
  const std::int64_t rows = v.y.shape[0], held = v.x.shape[0];
  const std::int64_t size = held > 0 ? v.x.count() / held : 0;
  launch_each(stream, "gather_rows", rows * size, gather_rows_kernel<Word>, each<Word>(v.y),
              each<Word>(v.x), each<std::int32_t>(v.order), each<std::int32_t>(v.cursor), rows,
              size, held, v.order.count());
}

}  // namespace

template <>
void CudaBackend::implement(const verb::GatherRows& v) {
  switch (size_of(v.y.dtype)) {
    case 1:
      return gather<std::uint8_t>(stream(), v);
    case 4:
      return gather<std::uint32_t>(stream(), v);
    default:
      return gather<std::uint64_t>(stream(), v);
  }
}

}  // namespace hone::kernels
