// box_blend: a weighted sum of two pictures, with other weights inside of a box.
#include "kernels/augment.h"
#include "kernels/cuda/verb_file.h"

namespace hone::kernels {
namespace {

// y, a, b: [B, height, width, channels], b or null; rows: [B, kBoxColumns]
__global__ void blend_kernel(Each<float> y, Each<const float> a, Each<const float> b,
                             Each<const float> rows, std::int64_t count, std::int64_t height,
                             std::int64_t width, std::int64_t channels) {
  device::for_each(count, [=](std::int64_t i) {
    const std::int64_t column = i / channels % width, row = i / channels / width % height;
    const float* of = rows + kBoxColumns * (i / channels / width / height);
    y[i] = blended(of, in_box(of, row, column), a[i], b != nullptr ? b[i] : 0.0f);
  });
}

}  // namespace

template <>
void CudaBackend::implement(const verb::BoxBlend& v) {
  require_f32(v.y.dtype, "box_blend");
  launch_each(stream(), "box_blend", v.y.count(), blend_kernel, each<float>(v.y), each<float>(v.a),
              each<float>(v.b), each<float>(v.rows), v.y.count(), v.a.shape[1], v.a.shape[2],
              v.a.shape[3]);
}

}  // namespace hone::kernels
