// gather_rows: rows of any type by an order, one row of the batch at a time.
#include <cstring>

#include "kernels/cpu/cpu_backend.h"

namespace hone::kernels {

template <>
void CpuBackend::implement(const verb::GatherRows& v) {
  const std::int64_t rows = v.y.shape[0], held = v.x.shape[0];
  const std::size_t bytes = held > 0 ? v.x.bytes() / static_cast<std::size_t>(held) : 0;
  const std::int64_t first = *v.cursor.as<std::int32_t>();
  check(first >= 0 && first + rows <= v.order.count(),
        "gather_rows: rows {} to {} of the order are asked for, it has {}", first, first + rows,
        v.order.count());
  for_parts(rows, 32, [&](std::int64_t begin, std::int64_t count) {
    for (std::int64_t i = begin; i < begin + count; ++i) {
      const std::int64_t index = v.order.as<std::int32_t>()[first + i];
      check(index >= 0 && index < held, "gather_rows: row {} is asked for, there are {}", index,
            held);
      std::memcpy(v.y.as<char>() + static_cast<std::size_t>(i) * bytes,
                  v.x.as<char>() + static_cast<std::size_t>(index) * bytes, bytes);
    }
  });
}

}  // namespace hone::kernels
