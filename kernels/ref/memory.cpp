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

void RefBackend::do_fill(View y, double value) {
  with_any(y.dtype, [&]<class T>(T) { fill_values(y.as<T>(), y.count(), value); });
}

void RefBackend::do_copy(View y, ConstView x, Write write) {
  check(x.dtype == y.dtype, "copy: the types differ ({} from {})", name_of(y.dtype),
        name_of(x.dtype));
  with_any(y.dtype, [&]<class T>(T) {
    if (write == Write::add) return add_values(y.as<T>(), x.as<T>(), y.count());
    if (y.count() > 0) std::memmove(y.data, x.data, y.bytes());
  });
}

// counters: i32 [n]
void RefBackend::do_advance(View counters, int index, int by) {
  counters.as<std::int32_t>()[index] += by;
}

}  // namespace hone::kernels
