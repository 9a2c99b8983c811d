// gather_batch: image bytes to floats.
#include "kernels/cuda/verb_file.h"

namespace hone::kernels {
namespace {

// x: [rows, size], labels: [rows] or null, images: [held, size]. A row that is out of range becomes
// NaN, with a label that is no class: the loss is not finite then, and the step is noted.
__global__ void gather_batch_kernel(Each<float> x, Each<std::int32_t> labels,
                                    Each<const std::uint8_t> images,
                                    Each<const std::int32_t> all_labels,
                                    Each<const std::int32_t> order, Each<const std::int32_t> cursor,
                                    std::int64_t rows, std::int64_t size, std::int64_t held,
                                    std::int64_t ordered, GatherParams params) {
  const std::int64_t first = *cursor;
  device::for_each(rows * size, [=](std::int64_t i) {
    const std::int64_t row = i / size, at = first + row;
    const std::int64_t index = at >= 0 && at < ordered ? order[at] : -1;
    const bool inside = index >= 0 && index < held;
    x[i] = inside
               ? static_cast<float>(images[index * size + i % size]) * params.scale + params.offset
               : NAN;
    if (labels != nullptr && i % size == 0) labels[row] = inside ? all_labels[index] : -1;
  });
}

}  // namespace

template <>
void CudaBackend::implement(const verb::GatherBatch& v) {
  require_f32(v.x.dtype, "gather_batch");
  const std::int64_t rows = v.x.shape[0], held = v.images.shape[0];
  const std::int64_t size = held > 0 ? v.images.count() / held : 0;  // H * W * C
  launch_each(stream(), "gather_batch", rows * size, gather_batch_kernel, each<float>(v.x),
              each<std::int32_t>(v.labels), each<std::uint8_t>(v.images),
              each<std::int32_t>(v.all_labels), each<std::int32_t>(v.order),
              each<std::int32_t>(v.cursor), rows, size, held, v.order.count(), v.params);
}

}  // namespace hone::kernels
