// gather_batch: image bytes to floats.
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

template <>
void RefBackend::implement(const verb::GatherBatch& v) {
  const std::int64_t rows = v.x.shape[0], held = v.images.shape[0];
  const std::int64_t size = held > 0 ? v.images.count() / held : 0;  // H * W * C
  const std::int64_t first = *v.cursor.as<std::int32_t>();
  check(first >= 0 && first + rows <= v.order.count(),
        "gather_batch: rows {} to {} of the order are asked for, it has {}", first, first + rows,
        v.order.count());
  with_float(v.x.dtype, "gather_batch", [&]<class T>(T) {
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::int64_t index = v.order.as<std::int32_t>()[first + i];  // order: i32 [any]
      check(index >= 0 && index < held, "gather_batch: image {} is asked for, there are {}", index,
            held);
      const std::uint8_t* from = v.images.as<std::uint8_t>() + index * size;  // u8 [M, H, W, C]
      for (std::int64_t p = 0; p < size; ++p)                                 // x: [B, H, W, C]
        v.x.as<T>()[i * size + p] = static_cast<T>(from[p]) * static_cast<T>(v.params.scale) +
                                    static_cast<T>(v.params.offset);
      if (v.labels) v.labels.as<std::int32_t>()[i] = v.all_labels.as<std::int32_t>()[index];
    }
  });
}

}  // namespace hone::kernels
