// The element types.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hone {

// u8: image bytes. i32: labels, orders, counters. f32: everything that is computed. f64: metric
// sums, and gradient checks on the `ref` backend.
enum class DType : std::uint8_t { u8, i32, f32, f64 };

constexpr std::size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::u8:
      return 1;
    case DType::i32:
      return 4;
    case DType::f32:
      return 4;
    case DType::f64:
      return 8;
  }
  return 0;
}

constexpr const char* name_of(DType dtype) {
  switch (dtype) {
    case DType::u8:
      return "u8";
    case DType::i32:
      return "i32";
    case DType::f32:
      return "f32";
    case DType::f64:
      return "f64";
  }
  return "?";
}

// The DType of a C++ type: dtype_of<float> is DType::f32.
template <class T>
inline constexpr DType dtype_of = DType::f32;
template <>
inline constexpr DType dtype_of<std::uint8_t> = DType::u8;
template <>
inline constexpr DType dtype_of<std::int32_t> = DType::i32;
template <>
inline constexpr DType dtype_of<double> = DType::f64;

// Calls use(T{}) with the C++ type of the elements.
template <class Use>
void with_dtype(DType dtype, Use use) {
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

}  // namespace hone
