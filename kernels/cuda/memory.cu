// fill, copy, cast, advance, strided_copy.
#include "kernels/cuda/verb_file.h"

namespace hone::kernels {
namespace {

template <class T>
__global__ void fill_kernel(Each<T> y, std::int64_t count, T value) {
  device::for_each(count, [=](std::int64_t i) { y[i] = value; });
}

template <class T>
__global__ void copy_kernel(Each<T> y, Each<const T> x, std::int64_t count) {
  device::for_each(count, [=](std::int64_t i) { y[i] = x[i]; });
}

template <class To, class From>
__global__ void cast_kernel(Each<To> y, Each<const From> x, std::int64_t count) {
  device::for_each(count, [=](std::int64_t i) { y[i] = converted<To>(x[i]); });
}

template <class T>
__global__ void strided_copy_kernel(Each<T> y, Each<const T> x, std::int64_t count,
                                    Layout<2> layout, Write write) {
  device::for_each(count, [=](std::int64_t i) {
    const auto at = layout(i);
    put(y[at.of[0]], x[at.of[1]], write);
  });
}

__global__ void accumulate_kernel(Each<float> y, Each<const float> x, std::int64_t count) {
  device::for_each(count, [=](std::int64_t i) { y[i] += x[i]; });
}

__global__ void advance_kernel(Each<std::int32_t> counter, int by) { *counter += by; }

}  // namespace

template <>
void CudaBackend::implement(const verb::Fill& v) {
  with_dtype(v.y.dtype, [&](auto zero) {
    using T = decltype(zero);
    launch_each(stream(), "fill", v.y.count(), fill_kernel<T>, each<T>(v.y), v.y.count(),
                static_cast<T>(v.value));
  });
}

template <>
void CudaBackend::implement(const verb::Copy& v) {
  require_same_type(v.y.dtype, v.x.dtype, "copy");
  if (v.write == Write::add) {
    require_f32(v.y.dtype, "copy (add)");
    return launch_each(stream(), "copy (add)", v.y.count(), accumulate_kernel, each<float>(v.y),
                       each<float>(v.x), v.y.count());
  }
  if (v.y.count() == 0 || (v.y.data == v.x.data && v.y.models == v.x.models)) return;
  if (v.y.models == 1) {
    check_cuda(cudaMemcpyAsync(v.y.data, v.x.data, v.y.bytes(), cudaMemcpyDeviceToDevice, stream()),
               "copy");
    return;
  }
  with_dtype(v.y.dtype, [&](auto zero) {
    using T = decltype(zero);
    launch_each(stream(), "copy", v.y.count(), copy_kernel<T>, each<T>(v.y), each<T>(v.x),
                v.y.count());
  });
}

// counters: i32 [n]
template <>
void CudaBackend::implement(const verb::Advance& v) {
  launch(stream(), "advance", dim3(1), dim3(1), 0, advance_kernel,
         each<std::int32_t>(v.counters).plus(v.index), v.by);
}

template <>
void CudaBackend::implement(const verb::Cast& v) {
  with_dtype(v.y.dtype, [&](auto y) {
    with_dtype(v.x.dtype, [&](auto x) {
      launch_each(stream(), "cast", v.y.count(), cast_kernel<decltype(y), decltype(x)>,
                  each<decltype(y)>(v.y), each<decltype(x)>(v.x), v.y.count());
    });
  });
}

template <>
void CudaBackend::implement(const verb::StridedCopy& v) {
  const StridedCopyParams& p = v.params;
  with_dtype(v.y.dtype, [&](auto zero) {
    using T = decltype(zero);
    launch_each(stream(), "strided_copy", p.box.count(), strided_copy_kernel<T>,
                each<T>(v.y).plus(p.y_offset), each<T>(v.x).plus(p.x_offset), p.box.count(),
                Layout<2>(p.box, p.y_strides, p.x_strides), v.write);
  });
}

}  // namespace hone::kernels
