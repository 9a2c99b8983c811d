// gather_rows: rows of any type by an order.
#include <cstring>

#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

template <>
void RefBackend::implement(const verb::GatherRows& v) {
  const std::int64_t rows = v.y.shape[0], held = v.x.shape[0];
  const std::size_t bytes = held > 0 ? v.x.bytes() / static_cast<std::size_t>(held) : 0;
  const std::int64_t first = *v.cursor.as<std::int32_t>();
  check(first >= 0 && first + rows <= v.order.count(),
        "gather_rows: rows {} to {} of the order are asked for, it has {}", first, first + rows,
        v.order.count());
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t index = v.order.as<std::int32_t>()[first + i];
    check(index >= 0 && index < held, "gather_rows: row {} is asked for, there are {}", index,
          held);
    std::memcpy(v.y.as<char>() + static_cast<std::size_t>(i) * bytes,
                v.x.as<char>() + static_cast<std::size_t>(index) * bytes, bytes);
  }
}

}  // namespace hone::kernels
