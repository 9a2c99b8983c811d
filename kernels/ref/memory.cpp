// fill, copy, advance.
#include <cstring>

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

// Calls use(T{}) with the C++ type of any view.
template <class Use>
void with_any(DType dtype, Use use) {
  switch (dtype) {
    case DType::u8:
      return use(std::uint8_t{});
    case DType::i32:
      return use(std::int32_t{});
    case DType::f32:
      return use(float{});
    case DType::f64:
      return use(double{});
  }
}

}  // namespace

template <>
void RefBackend::implement(const verb::Fill& v) {
  with_any(v.y.dtype, [&]<class T>(T) { fill_values(v.y.as<T>(), v.y.count(), v.value); });
}

template <>
void RefBackend::implement(const verb::Copy& v) {
  check(v.x.dtype == v.y.dtype, "copy: the types differ ({} from {})", name_of(v.y.dtype),
        name_of(v.x.dtype));
  with_any(v.y.dtype, [&]<class T>(T) {
    if (v.write == Write::add) return add_values(v.y.as<T>(), v.x.as<T>(), v.y.count());
    if (v.y.count() > 0) std::memmove(v.y.data, v.x.data, v.y.bytes());
  });
}

// counters: i32 [n]
template <>
void RefBackend::implement(const verb::Advance& v) {
  v.counters.as<std::int32_t>()[v.index] += v.by;
}

}  // namespace hone::kernels
