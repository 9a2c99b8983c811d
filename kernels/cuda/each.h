// Arrays of several models in one launch: the models are the z axis of the grid, and a kernel sees
// those of its block's model.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <type_traits>

#include "kernels/view.h"

namespace hone::kernels {

// What a kernel has for a parameter where it could have a T*, and uses as one. launch() gives the
// grid as many models as its arguments have; an array that is shared, or null, goes with any.
template <class T>
class Each {
 public:
  Each(T* data = nullptr) : data_(data) {}  // NOLINT: implicit, one array for all models
  // Model m's begins m * `stride` bytes behind the first.
  Each(T* data, int models, std::int64_t stride)
      : data_(data), stride_(models > 1 ? stride : 0), models_(models) {}
  template <class U, class = std::enable_if_t<std::is_convertible_v<U*, T*>>>
  Each(const Each<U>& other)  // NOLINT: implicit, as U* to T*
      : Each(other.of(0), other.models(), other.stride()) {}

  bool given() const { return data_ != nullptr; }
  int models() const { return models_; }
  std::int64_t stride() const { return stride_; }
  // Model m's, for the host.
  T* of(int m) const { return moved(stride_ * m); }
  // Each some elements further on.
  Each plus(std::int64_t elements) const { return Each(data_ + elements, models_, stride_); }

  // The block's model's; in device_api.h, for device code alone.
  __device__ operator T*() const;  // NOLINT: implicit

 private:
  using Byte = std::conditional_t<std::is_const_v<T>, const char, char>;
  __host__ __device__ T* moved(std::int64_t bytes) const {
    return reinterpret_cast<T*>(reinterpret_cast<Byte*>(data_) + bytes);
  }

  T* data_;
  std::int64_t stride_ = 0;
  int models_ = 1;
};

template <class T>
Each<T> each(const View& view) {
  return Each<T>(view.as<T>(), view.models,
                 view.model_stride * static_cast<std::int64_t>(size_of(view.dtype)));
}
template <class T>
Each<const T> each(const ConstView& view) {
  return Each<const T>(view.as<T>(), view.models,
                       view.model_stride * static_cast<std::int64_t>(size_of(view.dtype)));
}

// What a verb inside of another one takes.
inline ConstView view_of(const Each<const float>& array, const Shape& shape) {
  ConstView view(array.of(0), shape, DType::f32);
  view.models = array.models();
  view.model_stride = array.stride() / static_cast<std::int64_t>(sizeof(float));
  return view;
}

// For launch(): the models of an argument.
template <class T>
int members_of(const Each<T>& argument) {
  return argument.models();
}
template <class T>
int members_of(const T&) {
  return 1;
}

}  // namespace hone::kernels
