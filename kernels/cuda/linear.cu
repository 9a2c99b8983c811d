// linear: a product, then bias and ReLU; and its gradients.
#include "kernels/cuda/epilogue.h"

namespace hone::kernels {
namespace {

__global__ void bias_relu_kernel(Each<float> y, Each<const float> b, std::int64_t count,
                                 std::int64_t columns, bool relu) {
  device::for_each(count, [=](std::int64_t i) {
    const float value = b != nullptr ? y[i] + b[i % columns] : y[i];
    y[i] = relu ? relu_of(value) : value;
  });
}

__global__ void relu_mask_kernel(Each<float> out, Each<const float> dy, Each<const float> y,
                                 std::int64_t count) {
  device::for_each(count, [=](std::int64_t i) { out[i] = y[i] > 0.0f ? dy[i] : 0.0f; });
}

// The gradient before ReLU, in the workspace; dy itself without ReLU.
Each<const float> masked_gradient(CudaBackend& on, const ConstView& dy, const ConstView& y,
                                  bool relu) {
  if (!relu) return each<float>(dy);
  const auto masked = on.scratch<float>(dy.count(), dy.models);
  relu_mask(on.stream(), masked, each<float>(dy), each<float>(y), dy.count());
  return masked;
}

}  // namespace

void bias_relu(cudaStream_t stream, Each<float> y, Each<const float> b, std::int64_t rows,
               std::int64_t columns, bool relu) {
  if (!b.given() && !relu) return;
  launch_each(stream, "bias and relu", rows * columns, bias_relu_kernel, y, b, rows * columns,
              columns, relu);
}

void relu_mask(cudaStream_t stream, Each<float> out, Each<const float> dy, Each<const float> y,
               std::int64_t count) {
  launch_each(stream, "relu mask", count, relu_mask_kernel, out, dy, y, count);
}

template <>
void CudaBackend::implement(const verb::LinearForward& v) {
  require_f32(v.y.dtype, "linear_forward");
  const std::int64_t rows = v.x.shape[0], in = v.w.shape[0], out = v.w.shape[1];
  gemm(each<float>(v.y), each<float>(v.x), each<float>(v.w),
       {.m = rows, .n = out, .k = in, .lda = in, .ldb = out, .ldc = out});
  bias_relu(stream(), each<float>(v.y), each<float>(v.b), rows, out, v.params.relu);
}

template <>
void CudaBackend::implement(const verb::LinearBackwardInput& v) {
  require_f32(v.dx.dtype, "linear_backward_input");
  const Workspace::Scope scope(workspace());
  const auto gradient = masked_gradient(*this, v.dy, v.y, v.params.relu);  // [N, out]
  const std::int64_t rows = v.dy.shape[0], in = v.w.shape[0], out = v.w.shape[1];
  gemm(each<float>(v.dx), gradient, each<float>(v.w),
       {.transpose_b = true,
        .m = rows,
        .n = in,
        .k = out,
        .lda = out,
        .ldb = out,
        .ldc = in,
        .beta = v.write == Write::add ? 1.0f : 0.0f});
}

template <>
void CudaBackend::implement(const verb::LinearBackwardWeight& v) {
  require_f32(v.dw.dtype, "linear_backward_weight");
  const Workspace::Scope scope(workspace());
  const auto gradient = masked_gradient(*this, v.dy, v.y, v.params.relu);  // [N, out]
  const std::int64_t rows = v.dy.shape[0], in = v.dw.shape[0], out = v.dw.shape[1];
  gemm(each<float>(v.dw), each<float>(v.x), gradient,
       {.transpose_a = true,
        .m = in,
        .n = out,
        .k = rows,
        .lda = in,
        .ldb = out,
        .ldc = out,
        .beta = v.write == Write::add ? 1.0f : 0.0f});
  if (!v.db) return;
  View bias = v.db;
  bias.shape = Shape{1, out};
  implement(verb::Reduce{
      .y = bias, .x = view_of(gradient, Shape{rows, out}), .op = ReduceOp::sum, .write = v.write});
}

}  // namespace hone::kernels
