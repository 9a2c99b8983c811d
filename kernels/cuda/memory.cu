// fill, copy, cast, advance, strided_copy.
#include "kernels/cuda/verb_file.h"

namespace hone::kernels {
namespace {

template <class T>
__global__ void fill_kernel(T* y, std::int64_t count, T value) {
  device::for_each(count, [=](std::int64_t i) { y[i] = value; });
}

template <class To, class From>
__global__ void cast_kernel(To* y, const From* x, std::int64_t count) {
  device::for_each(count, [=](std::int64_t i) { y[i] = converted<To>(x[i]); });
}

template <class T>
__global__ void strided_copy_kernel(T* y, const T* x, std::int64_t count, Layout<2> layout,
                                    Write write) {
  device::for_each(count, [=](std::int64_t i) {
    const auto at = layout(i);
    put(y[at.of[0]], x[at.of[1]], write);
  });
}

__global__ void accumulate_kernel(float* y, const float* x, std::int64_t count) {
  device::for_each(count, [=](std::int64_t i) { y[i] += x[i]; });
}

__global__ void advance_kernel(std::int32_t* counter, int by) { *counter += by; }

}  // namespace

template <>
void CudaBackend::implement(const verb::Fill& v) {
  with_dtype(v.y.dtype, [&](auto zero) {
    using T = decltype(zero);
    launch_each(stream(), "fill", v.y.count(), fill_kernel<T>, v.y.as<T>(), v.y.count(),
                static_cast<T>(v.value));
  });
}

template <>
void CudaBackend::implement(const verb::Copy& v) {
  require_same_type(v.y.dtype, v.x.dtype, "copy");
  if (v.write == Write::add) {
    require_f32(v.y.dtype, "copy (add)");
    return launch_each(stream(), "copy (add)", v.y.count(), accumulate_kernel, v.y.as<float>(),
                       v.x.as<float>(), v.y.count());
  }
  if (v.y.count() == 0 || v.y.data == v.x.data) return;
  check_cuda(cudaMemcpyAsync(v.y.data, v.x.data, v.y.bytes(), cudaMemcpyDeviceToDevice, stream()),
             "copy");
}

// counters: i32 [n]
template <>
void CudaBackend::implement(const verb::Advance& v) {
  launch(stream(), "advance", dim3(1), dim3(1), 0, advance_kernel,
         v.counters.as<std::int32_t>() + v.index, v.by);
}

template <>
void CudaBackend::implement(const verb::Cast& v) {
  with_dtype(v.y.dtype, [&](auto y) {
    with_dtype(v.x.dtype, [&](auto x) {
      launch_each(stream(), "cast", v.y.count(), cast_kernel<decltype(y), decltype(x)>,
                  v.y.as<decltype(y)>(), v.x.as<decltype(x)>(), v.y.count());
    });
  });
}

template <>
void CudaBackend::implement(const verb::StridedCopy& v) {
  const StridedCopyParams& p = v.params;
  with_dtype(v.y.dtype, [&](auto zero) {
    using T = decltype(zero);
    launch_each(stream(), "strided_copy", p.box.count(), strided_copy_kernel<T>,
                v.y.as<T>() + p.y_offset, v.x.as<T>() + p.x_offset, p.box.count(),
                Layout<2>(p.box, p.y_strides, p.x_strides), v.write);
  });
}

}  // namespace hone::kernels
