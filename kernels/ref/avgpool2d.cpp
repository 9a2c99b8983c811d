// avgpool2d, forward and backward.
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {
namespace {

// Calls body(i, at) for each element i of the output [N, OH, OW, C] with the index `at` of its
// window's corner in the input, whose shape is given.
template <class Body>
void for_windows(const Shape& out, const Shape& in, const Pool2dParams& params, Body body) {
  std::int64_t i = 0;
  for (std::int64_t n = 0; n < out[0]; ++n)
    for (std::int64_t oy = 0; oy < out[1]; ++oy)
      for (std::int64_t ox = 0; ox < out[2]; ++ox)
        for (std::int64_t c = 0; c < out[3]; ++c, ++i)
          body(i, ((n * in[1] + oy * params.stride) * in[2] + ox * params.stride) * in[3] + c);
}

}  // namespace

template <>
void RefBackend::implement(const verb::AvgPool2dForward& v) {
  const int kernel = v.params.kernel;
  const std::int64_t width = v.x.shape[2], channels = v.x.shape[3];
  with_float(v.y.dtype, "avgpool2d_forward", [&]<class T>(T) {
    for_windows(v.y.shape, v.x.shape, v.params, [&](std::int64_t i, std::int64_t at) {
      double sum = 0;
      for (int p = 0; p < kernel * kernel; ++p)
        sum += static_cast<double>(v.x.as<T>()[at + (p / kernel * width + p % kernel) * channels]);
      v.y.as<T>()[i] = static_cast<T>(sum / (kernel * kernel));
    });
  });
}

template <>
void RefBackend::implement(const verb::AvgPool2dBackward& v) {
  const int kernel = v.params.kernel;
  const std::int64_t width = v.dx.shape[2], channels = v.dx.shape[3];
  with_float(v.dx.dtype, "avgpool2d_backward", [&]<class T>(T) {
    if (v.write == Write::set)
      for (std::int64_t i = 0; i < v.dx.count(); ++i) v.dx.as<T>()[i] = 0;
    const T share = static_cast<T>(1.0 / (kernel * kernel));
    for_windows(v.dy.shape, v.dx.shape, v.params, [&](std::int64_t i, std::int64_t at) {
      for (int p = 0; p < kernel * kernel; ++p)
        v.dx.as<T>()[at + (p / kernel * width + p % kernel) * channels] += v.dy.as<T>()[i] * share;
    });
  });
}

}  // namespace hone::kernels
