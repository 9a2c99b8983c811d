// What a kernel sees: a pointer, a shape, a type. Contiguous, row-major, not owning.
#pragma once

#include "kernels/dtype.h"
#include "kernels/shape.h"

namespace hone {

struct View {
  void* data = nullptr;
  Shape shape;
  DType dtype = DType::f32;

  std::int64_t count() const { return shape.count(); }
  std::size_t bytes() const { return static_cast<std::size_t>(shape.count()) * size_of(dtype); }
  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
  // An absent optional argument is an empty view.
  explicit operator bool() const { return data != nullptr; }
};

struct ConstView {
  const void* data = nullptr;
  Shape shape;
  DType dtype = DType::f32;

  ConstView() = default;
  ConstView(const void* data_, Shape shape_, DType dtype_)
      : data(data_), shape(shape_), dtype(dtype_) {}
  ConstView(const View& view)
      : data(view.data), shape(view.shape), dtype(view.dtype) {}  // NOLINT: implicit

  std::int64_t count() const { return shape.count(); }
  std::size_t bytes() const { return static_cast<std::size_t>(shape.count()) * size_of(dtype); }
  template <class T>
  const T* as() const {
    return static_cast<const T*>(data);
  }
  explicit operator bool() const { return data != nullptr; }
};

}  // namespace hone
