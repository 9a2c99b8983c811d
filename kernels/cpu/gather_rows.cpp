// gather_rows: rows of any type by an order, one row of the batch at a time.
#include <cstring>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/host_order.h"

namespace hone::kernels {

template <>
void CpuBackend::implement(const verb::GatherRows& v) {
  const std::int64_t rows = v.y.shape[0], held = v.x.shape[0];
  const std::size_t bytes = held > 0 ? v.x.bytes() / static_cast<std::size_t>(held) : 0;
  const HostOrder order("gather_rows", v.order, v.cursor, rows, held);
  for_parts(rows, 32, [&](std::int64_t begin, std::int64_t count) {
    for (std::int64_t i = begin; i < begin + count; ++i) {
      const std::int64_t index = order[i];
      std::memcpy(v.y.as<char>() + static_cast<std::size_t>(i) * bytes,
                  v.x.as<char>() + static_cast<std::size_t>(index) * bytes, bytes);
    }
  });
}

}  // namespace hone::kernels
