// gather_batch: image bytes to floats.
#include "kernels/host_order.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

template <>
void RefBackend::implement(const verb::GatherBatch& v) {
  const std::int64_t rows = v.x.shape[0], held = v.images.shape[0];
  const std::int64_t size = held > 0 ? v.images.count() / held : 0;  // H * W * C
  const HostOrder order("gather_batch", v.order, v.cursor, rows, held);
  with_float(v.x.dtype, "gather_batch", [&]<class T>(T) {
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::int64_t index = order[i];
      const std::uint8_t* from = v.images.as<std::uint8_t>() + index * size;  // u8 [M, H, W, C]
      for (std::int64_t p = 0; p < size; ++p)                                 // x: [B, H, W, C]
        v.x.as<T>()[i * size + p] = static_cast<T>(from[p]) * static_cast<T>(v.params.scale) +
                                    static_cast<T>(v.params.offset);
      if (v.labels) v.labels.as<std::int32_t>()[i] = v.all_labels.as<std::int32_t>()[index];
    }
  });
}

}  // namespace hone::kernels
