// The order of a data set as the gathers read it on the host. Internal to the backends.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "kernels/view.h"

namespace hone::kernels {

// Entries cursor[0] .. cursor[0] + rows - 1 of an order of rows out of `held`. Throws Error(usage)
// that names the verb for an entry behind the order's end or a row that does not exist.
class HostOrder {
 public:
  HostOrder(const char* verb, const ConstView& order, const ConstView& cursor, std::int64_t rows,
            std::int64_t held)
      : verb_(verb), held_(held) {
    const std::int64_t first = *cursor.as<std::int32_t>();
    check(first >= 0 && first + rows <= order.count(),
          "{}: rows {} to {} of the order are asked for, it has {}", verb, first, first + rows,
          order.count());
    rows_ = order.as<std::int32_t>() + first;
  }
  std::int64_t operator[](std::int64_t i) const {
    const std::int64_t row = rows_[i];
    check(row >= 0 && row < held_, "{}: row {} is asked for, there are {}", verb_, row, held_);
    return row;
  }

 private:
  const char* verb_;
  std::int64_t held_;
  const std::int32_t* rows_ = nullptr;
};

}  // namespace hone::kernels
