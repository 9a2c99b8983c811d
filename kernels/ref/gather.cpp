// gather and scatter_add along an axis.
#include <limits>

#include "kernels/indexing.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {

template <>
void RefBackend::implement(const verb::Gather& v) {
  const std::int64_t n = v.x.shape[1], m = v.y.shape[1], inner = v.y.shape[2];
  const Strides strides = strides_onto(v.index.shape, v.y.shape);
  with_dtype(v.y.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < v.y.count(); ++i) {  // y: [outer, m, inner]
      const std::int64_t at = v.index.as<std::int32_t>()[offset_of(i, v.y.shape, strides)];
      const bool exists = at >= 0 && at < n;
      v.y.as<T>()[i] = exists ? v.x.as<T>()[(i / (m * inner) * n + at) * inner + i % inner]
                              : std::numeric_limits<T>::quiet_NaN();  // 0 in integers
    }
  });
}

template <>
void RefBackend::implement(const verb::ScatterAdd& v) {
  const std::int64_t n = v.y.shape[1], m = v.x.shape[1], inner = v.x.shape[2];
  const Strides strides = strides_onto(v.index.shape, v.x.shape);
  with_dtype(v.y.dtype, [&]<class T>(T) {
    if (v.write == Write::set)
      for (std::int64_t i = 0; i < v.y.count(); ++i) v.y.as<T>()[i] = 0;
    for (std::int64_t i = 0; i < v.x.count(); ++i) {  // x: [outer, m, inner], in the order of m
      const std::int64_t at = v.index.as<std::int32_t>()[offset_of(i, v.x.shape, strides)];
      if (at >= 0 && at < n)
        put(v.y.as<T>()[(i / (m * inner) * n + at) * inner + i % inner], v.x.as<T>()[i],
            Write::add);
    }
  });
}

}  // namespace hone::kernels
