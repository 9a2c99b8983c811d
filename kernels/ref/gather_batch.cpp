// gather_batch: image bytes to floats.
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

void RefBackend::do_gather_batch(View x, View labels, ConstView images, ConstView all_labels,
                                 ConstView order, ConstView cursor, GatherParams params) {
  const std::int64_t rows = x.shape[0], held = images.shape[0];
  const std::int64_t size = held > 0 ? images.count() / held : 0;  // H * W * C
  const std::int64_t first = *cursor.as<std::int32_t>();
  check(first >= 0 && first + rows <= order.count(),
        "gather_batch: rows {} to {} of the order are asked for, it has {}", first, first + rows,
        order.count());
  with_float(x.dtype, "gather_batch", [&]<class T>(T) {
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::int64_t index = order.as<std::int32_t>()[first + i];  // order: i32 [any]
      check(index >= 0 && index < held, "gather_batch: image {} is asked for, there are {}", index,
            held);
      const std::uint8_t* from = images.as<std::uint8_t>() + index * size;  // u8 [M, H, W, C]
      for (std::int64_t p = 0; p < size; ++p)                               // x: [B, H, W, C]
        x.as<T>()[i * size + p] =
            static_cast<T>(from[p]) * static_cast<T>(params.scale) + static_cast<T>(params.offset);
      labels.as<std::int32_t>()[i] = all_labels.as<std::int32_t>()[index];
    }
  });
}

}  // namespace hone::kernels
