// What a kernel sees: a pointer, a shape, a type. Contiguous, row-major, not owning.
#pragma once

#include "kernels/dtype.h"
#include "kernels/shape.h"

namespace hone {

// A view may hold the same thing for several models that are trained together: `shape` is that of
// one, and each starts `model_stride` elements after the one before. With one model the stride
// does not matter; such a view among others with several is shared by all models.
struct View {
  void* data = nullptr;
  Shape shape;
  DType dtype = DType::f32;
  int models = 1;
  std::int64_t model_stride = 0;

  // Of one model.
  std::int64_t count() const { return shape.count(); }
  std::size_t bytes() const { return static_cast<std::size_t>(shape.count()) * size_of(dtype); }
  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
  // Model `m` alone; the view itself where it is shared.
  View model(int m) const {
    if (models == 1) return *this;
    const auto offset = static_cast<std::size_t>(m * model_stride) * size_of(dtype);
    return {static_cast<char*>(data) + offset, shape, dtype};
  }
  // An absent optional argument is an empty view.
  explicit operator bool() const { return data != nullptr; }
};

struct ConstView {
  const void* data = nullptr;
  Shape shape;
  DType dtype = DType::f32;
  int models = 1;
  std::int64_t model_stride = 0;

  ConstView() = default;
  ConstView(const void* data_, Shape shape_, DType dtype_)
      : data(data_), shape(shape_), dtype(dtype_) {}
  ConstView(const View& view)  // NOLINT: implicit
      : data(view.data),
        shape(view.shape),
        dtype(view.dtype),
        models(view.models),
        model_stride(view.model_stride) {}

  std::int64_t count() const { return shape.count(); }
  std::size_t bytes() const { return static_cast<std::size_t>(shape.count()) * size_of(dtype); }
  template <class T>
  const T* as() const {
    return static_cast<const T*>(data);
  }
  ConstView model(int m) const {
    if (models == 1) return *this;
    const auto offset = static_cast<std::size_t>(m * model_stride) * size_of(dtype);
    return {static_cast<const char*>(data) + offset, shape, dtype};
  }
  explicit operator bool() const { return data != nullptr; }
};

// Calls copy(bytes into the view, bytes into the host's array, bytes) for each run of the view's
// memory; on the host one model follows the other.
template <class Copy>
void for_runs(const ConstView& view, Copy copy) {
  const std::size_t each = view.bytes();
  const auto models = static_cast<std::size_t>(view.models);
  if (models == 1 || view.model_stride == view.count())
    return copy(std::size_t{0}, std::size_t{0}, each * models);
  const std::size_t stride = static_cast<std::size_t>(view.model_stride) * size_of(view.dtype);
  for (std::size_t m = 0; m < models; ++m) copy(m * stride, m * each, each);
}

}  // namespace hone
