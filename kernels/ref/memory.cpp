// fill, copy, cast, advance, strided_copy.
#include <cstring>

#include "kernels/indexing.h"
#include "kernels/pointwise.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {
namespace {

template <class T>
void fill_values(T* y, std::int64_t count, double value) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = static_cast<T>(value);
}

template <class T>
void add_values(T* y, const T* x, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = static_cast<T>(y[i] + x[i]);
}

}  // namespace

template <>
void RefBackend::implement(const verb::Fill& v) {
  with_dtype(v.y.dtype, [&]<class T>(T) { fill_values(v.y.as<T>(), v.y.count(), v.value); });
}

template <>
void RefBackend::implement(const verb::Copy& v) {
  check(v.x.dtype == v.y.dtype, "copy: the types differ ({} from {})", name_of(v.y.dtype),
        name_of(v.x.dtype));
  with_dtype(v.y.dtype, [&]<class T>(T) {
    if (v.write == Write::add) return add_values(v.y.as<T>(), v.x.as<T>(), v.y.count());
    if (v.y.count() > 0) std::memmove(v.y.data, v.x.data, v.y.bytes());
  });
}

template <>
void RefBackend::implement(const verb::Cast& v) {
  with_dtype(v.y.dtype, [&]<class To>(To) {
    with_dtype(v.x.dtype, [&]<class From>(From) {
      for (std::int64_t i = 0; i < v.y.count(); ++i)
        v.y.as<To>()[i] = converted<To>(v.x.as<From>()[i]);
    });
  });
}

template <>
void RefBackend::implement(const verb::StridedCopy& v) {
  const StridedCopyParams& p = v.params;
  with_dtype(v.y.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < p.box.count(); ++i)
      put(v.y.as<T>()[p.y_offset + offset_of(i, p.box, p.y_strides)],
          v.x.as<T>()[p.x_offset + offset_of(i, p.box, p.x_strides)], v.write);
  });
}

// counters: i32 [n]
template <>
void RefBackend::implement(const verb::Advance& v) {
  v.counters.as<std::int32_t>()[v.index] += v.by;
}

}  // namespace hone::kernels
