// matmul and linear: fixed tiles, one single-threaded product per tile.
#include <algorithm>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/gemm.h"

namespace hone::kernels {
namespace {

constexpr auto kNoEpilogue = [](std::int64_t, std::int64_t, std::int64_t, std::int64_t) {};

}  // namespace

template <>
void CpuBackend::implement(const verb::Matmul& v) {
  require_f32(v.c.dtype, "matmul");
  const Gemm problem{.transpose_a = v.params.transpose_a,
                     .transpose_b = v.params.transpose_b,
                     .m = v.c.shape[-2],
                     .n = v.c.shape[-1],
                     .k = v.a.shape[v.params.transpose_a ? -2 : -1],
                     .lda = v.a.shape[-1],
                     .ldb = v.b.shape[-1],
                     .ldc = v.c.shape[-1],
                     .beta = v.write == Write::add ? 1.0f : 0.0f};
  if (v.c.shape.rank() == 2 || v.c.shape[0] == 1)
    return tiled_gemm(threads(), v.c.as<float>(), v.a.as<float>(), v.b.as<float>(), problem,
                      kNoEpilogue);
  // One tile a product: those of a batch are small, and many.
  const std::int64_t m = problem.m, n = problem.n, k = problem.k;
  const std::int64_t together = std::max<std::int64_t>(
      1, kPointwisePart / std::max<std::int64_t>(1, m * n * std::max<std::int64_t>(1, k)));
  for_parts(v.c.shape[0], together, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t i = first; i < first + count; ++i)
      gemm(v.c.as<float>() + i * m * n, v.a.as<float>() + i * m * k, v.b.as<float>() + i * k * n,
           problem);
  });
}

const float* CpuBackend::masked_gradient(ConstView dy, ConstView y, bool relu) {
  if (!relu) return dy.as<float>();
  float* masked = workspace().take_array<float>(dy.count());
  for_parts(dy.count(), kPointwisePart, [&](std::int64_t first, std::int64_t count) {
    simd_.relu_mask(masked + first, dy.as<float>() + first, y.as<float>() + first, count);
  });
  return masked;
}

template <>
void CpuBackend::implement(const verb::LinearForward& v) {
  require_f32(v.y.dtype, "linear_forward");
  const std::int64_t rows = v.x.shape[0], in = v.w.shape[0], out = v.w.shape[1];
  const Gemm problem{.m = rows, .n = out, .k = in, .lda = in, .ldb = out, .ldc = out};
  tiled_gemm(threads(), v.y.as<float>(), v.x.as<float>(), v.w.as<float>(), problem,
             [&](std::int64_t row, std::int64_t count, std::int64_t column, std::int64_t columns) {
               if (!v.b && !v.params.relu) return;
               const float* bias = v.b ? v.b.as<float>() + column : nullptr;
               for (std::int64_t i = row; i < row + count; ++i)
                 simd_.bias_relu(v.y.as<float>() + i * out + column, bias, 1, columns,
                                 v.params.relu);
             });
}

template <>
void CpuBackend::implement(const verb::LinearBackwardInput& v) {
  require_f32(v.dx.dtype, "linear_backward_input");
  const Workspace::Scope scope(workspace());
  const float* gradient = masked_gradient(v.dy, v.y, v.params.relu);  // [N, out]
  const std::int64_t rows = v.dy.shape[0], in = v.w.shape[0], out = v.w.shape[1];
  const Gemm problem{.transpose_b = true,
                     .m = rows,
                     .n = in,
                     .k = out,
                     .lda = out,
                     .ldb = out,
                     .ldc = in,
                     .beta = v.write == Write::add ? 1.0f : 0.0f};
  tiled_gemm(threads(), v.dx.as<float>(), gradient, v.w.as<float>(), problem, kNoEpilogue);
}

template <>
void CpuBackend::implement(const verb::LinearBackwardWeight& v) {
  require_f32(v.dw.dtype, "linear_backward_weight");
  const Workspace::Scope scope(workspace());
  const float* gradient = masked_gradient(v.dy, v.y, v.params.relu);  // [N, out]
  const std::int64_t rows = v.dy.shape[0], in = v.dw.shape[0], out = v.dw.shape[1];
  const Gemm problem{.transpose_a = true,
                     .m = in,
                     .n = out,
                     .k = rows,
                     .lda = in,
                     .ldb = out,
                     .ldc = out,
                     .beta = v.write == Write::add ? 1.0f : 0.0f};
  tiled_gemm(threads(), v.dw.as<float>(), v.x.as<float>(), gradient, problem, kNoEpilogue);
  if (!v.db) return;
  View bias = v.db;
  bias.shape = Shape{1, out};
  implement(verb::Reduce{.y = bias,
                         .x = ConstView(gradient, Shape{rows, out}, DType::f32),
                         .op = ReduceOp::sum,
                         .write = v.write});
}

}  // namespace hone::kernels
