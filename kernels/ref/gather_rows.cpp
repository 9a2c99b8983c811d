// gather_rows: rows of any type by an order.
#include <cstring>

#include "kernels/host_order.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

template <>
void RefBackend::implement(const verb::GatherRows& v) {
  const std::int64_t rows = v.y.shape[0], held = v.x.shape[0];
  const std::size_t bytes = held > 0 ? v.x.bytes() / static_cast<std::size_t>(held) : 0;
  const HostOrder order("gather_rows", v.order, v.cursor, rows, held);
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t index = order[i];
    std::memcpy(v.y.as<char>() + static_cast<std::size_t>(i) * bytes,
                v.x.as<char>() + static_cast<std::size_t>(index) * bytes, bytes);
  }
}

}  // namespace hone::kernels
