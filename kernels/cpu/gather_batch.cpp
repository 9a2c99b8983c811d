// gather_batch: image bytes to floats, one row of the batch at a time.
#include "kernels/cpu/cpu_backend.h"
#include "kernels/host_order.h"

namespace hone::kernels {

template <>
void CpuBackend::implement(const verb::GatherBatch& v) {
  require_f32(v.x.dtype, "gather_batch");
  const std::int64_t rows = v.x.shape[0], held = v.images.shape[0];
  const std::int64_t size = held > 0 ? v.images.count() / held : 0;  // H * W * C
  const HostOrder order("gather_batch", v.order, v.cursor, rows, held);
  for_parts(rows, 32, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t i = first; i < first + count; ++i) {
      const std::int64_t index = order[i];
      simd_.bytes_to_floats(v.x.as<float>() + i * size, v.images.as<std::uint8_t>() + index * size,
                            size, v.params);
      if (v.labels) v.labels.as<std::int32_t>()[i] = v.all_labels.as<std::int32_t>()[index];
    }
  });
}

}  // namespace hone::kernels
