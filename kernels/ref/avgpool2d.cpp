// avgpool2d, forward and backward.
#include "kernels/indexing.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {
namespace {

// Calls body(i, at, count) for each element i of the output [N, OH, OW, C] and each pixel of its
// window that lies in the input, whose shape is given: `at` is the element there, `count` what the
// window's sum is divided by.
template <class Body>
void for_windows(const Shape& out, const Shape& in, const Pool2dParams& params, Body body) {
  for (std::int64_t i = 0; i < out.count(); ++i) {
    const std::int64_t c = i % out[3], ox = i / out[3] % out[2], oy = i / out[3] / out[2] % out[1];
    const std::int64_t n = i / (out[1] * out[2] * out[3]);
    const std::int64_t iy = oy * params.stride - params.pad_top;
    const std::int64_t ix = ox * params.stride - params.pad_left;
    const WindowPart rows = window_part(iy, in[1], params.kernel);
    const WindowPart columns = window_part(ix, in[2], params.kernel);
    for (int py = rows.first; py < rows.last; ++py)
      for (int px = columns.first; px < columns.last; ++px)
        body(i, ((n * in[1] + iy + py) * in[2] + ix + px) * in[3] + c,
             window_count(rows, columns, params));
  }
}

}  // namespace

template <>
void RefBackend::implement(const verb::AvgPool2dForward& v) {
  const Workspace::Scope scope(workspace());
  double* sums = workspace().take_array<double>(v.y.count());
  for (std::int64_t i = 0; i < v.y.count(); ++i) sums[i] = 0;
  with_float(v.y.dtype, "avgpool2d_forward", [&]<class T>(T) {
    for_windows(v.y.shape, v.x.shape, v.params, [&](std::int64_t i, std::int64_t at, int count) {
      sums[i] += static_cast<double>(v.x.as<T>()[at]) / count;
    });
    for (std::int64_t i = 0; i < v.y.count(); ++i) v.y.as<T>()[i] = static_cast<T>(sums[i]);
  });
}

template <>
void RefBackend::implement(const verb::AvgPool2dBackward& v) {
  with_float(v.dx.dtype, "avgpool2d_backward", [&]<class T>(T) {
    if (v.write == Write::set)
      for (std::int64_t i = 0; i < v.dx.count(); ++i) v.dx.as<T>()[i] = 0;
    for_windows(v.dy.shape, v.dx.shape, v.params, [&](std::int64_t i, std::int64_t at, int count) {
      v.dx.as<T>()[at] += v.dy.as<T>()[i] * static_cast<T>(1.0 / count);
    });
  });
}

}  // namespace hone::kernels
