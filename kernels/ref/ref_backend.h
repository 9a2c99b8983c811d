// The reference backend: plain loops, one thread, f32 and f64. It says what each verb means; every
// other backend is tested against it. Each family of verbs has its own file, named as the op.
#pragma once

#include "base/error.h"
#include "kernels/backend.h"

namespace hone::kernels {

class RefBackend : public Implements<RefBackend> {
 public:
  using Implements::Implements;
  template <class V>
  void implement(const V& verb);
};

// Calls use(T{}) with the C++ type of a float view.
template <class Use>
void with_float(DType dtype, const char* verb, Use use) {
  if (dtype == DType::f32) return use(float{});
  if (dtype == DType::f64) return use(double{});
  fail(ErrorKind::usage, "{}: f32 or f64 expected, got {}", verb, name_of(dtype));
}

// y = value or y += value.
template <class T, class V>
void put(T& y, V value, Write write) {
  y = write == Write::set ? static_cast<T>(value) : static_cast<T>(y + static_cast<T>(value));
}

}  // namespace hone::kernels
