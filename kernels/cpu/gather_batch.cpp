// gather_batch: image bytes to floats, one row of the batch at a time.
#include "kernels/cpu/cpu_backend.h"

namespace hone::kernels {

void CpuBackend::do_gather_batch(View x, View labels, ConstView images, ConstView all_labels,
                                 ConstView order, ConstView cursor, GatherParams params) {
  require_f32(x.dtype, "gather_batch");
  const std::int64_t rows = x.shape[0], held = images.shape[0];
  const std::int64_t size = held > 0 ? images.count() / held : 0;  // H * W * C
  const std::int64_t first_row = *cursor.as<std::int32_t>();
  check(first_row >= 0 && first_row + rows <= order.count(),
        "gather_batch: rows {} to {} of the order are asked for, it has {}", first_row,
        first_row + rows, order.count());
  for_parts(rows, 32, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t i = first; i < first + count; ++i) {
      const std::int64_t index = order.as<std::int32_t>()[first_row + i];
      check(index >= 0 && index < held, "gather_batch: image {} is asked for, there are {}", index,
            held);
      simd_.bytes_to_floats(x.as<float>() + i * size, images.as<std::uint8_t>() + index * size,
                            size, params);
      labels.as<std::int32_t>()[i] = all_labels.as<std::int32_t>()[index];
    }
  });
}

}  // namespace hone::kernels
