// matmul and linear: fixed tiles, one single-threaded product per tile.
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/gemm.h"

namespace hone::kernels {
namespace {

constexpr auto kNoEpilogue = [](std::int64_t, std::int64_t, std::int64_t, std::int64_t) {};

}  // namespace

void CpuBackend::do_matmul(View c, ConstView a, ConstView b, MatmulParams params) {
  require_f32(c.dtype, "matmul");
  const Gemm problem{.transpose_a = params.transpose_a,
                     .transpose_b = params.transpose_b,
                     .m = c.shape[0],
                     .n = c.shape[1],
                     .k = a.shape[params.transpose_a ? 0 : 1],
                     .lda = a.shape[1],
                     .ldb = b.shape[1],
                     .ldc = c.shape[1],
                     .beta = params.write == Write::add ? 1.0f : 0.0f};
  tiled_gemm(threads(), c.as<float>(), a.as<float>(), b.as<float>(), problem, kNoEpilogue);
}

const float* CpuBackend::masked_gradient(ConstView dy, ConstView y, bool relu) {
  if (!relu) return dy.as<float>();
  float* masked = workspace().take_array<float>(dy.count());
  for_parts(dy.count(), kPointwisePart, [&](std::int64_t first, std::int64_t count) {
    simd_.relu_mask(masked + first, dy.as<float>() + first, y.as<float>() + first, count);
  });
  return masked;
}

void CpuBackend::do_linear_forward(View y, ConstView x, ConstView w, ConstView b,
                                   LinearParams params) {
  require_f32(y.dtype, "linear_forward");
  const std::int64_t rows = x.shape[0], in = w.shape[0], out = w.shape[1];
  const Gemm problem{.m = rows, .n = out, .k = in, .lda = in, .ldb = out, .ldc = out};
  tiled_gemm(threads(), y.as<float>(), x.as<float>(), w.as<float>(), problem,
             [&](std::int64_t row, std::int64_t count, std::int64_t column, std::int64_t columns) {
               if (!b && !params.relu) return;
               const float* bias = b ? b.as<float>() + column : nullptr;
               for (std::int64_t i = row; i < row + count; ++i)
                 simd_.bias_relu(y.as<float>() + i * out + column, bias, 1, columns, params.relu);
             });
}

void CpuBackend::do_linear_backward_input(View dx, ConstView dy, ConstView y, ConstView w,
                                          LinearParams params, Write write) {
  require_f32(dx.dtype, "linear_backward_input");
  const Workspace::Scope scope(workspace());
  const float* gradient = masked_gradient(dy, y, params.relu);  // [N, out]
  const std::int64_t rows = dy.shape[0], in = w.shape[0], out = w.shape[1];
  const Gemm problem{.transpose_b = true,
                     .m = rows,
                     .n = in,
                     .k = out,
                     .lda = out,
                     .ldb = out,
                     .ldc = in,
                     .beta = write == Write::add ? 1.0f : 0.0f};
  tiled_gemm(threads(), dx.as<float>(), gradient, w.as<float>(), problem, kNoEpilogue);
}

void CpuBackend::do_linear_backward_weight(View dw, View db, ConstView dy, ConstView y, ConstView x,
                                           LinearParams params, Write write) {
  require_f32(dw.dtype, "linear_backward_weight");
  const Workspace::Scope scope(workspace());
  const float* gradient = masked_gradient(dy, y, params.relu);  // [N, out]
  const std::int64_t rows = dy.shape[0], in = dw.shape[0], out = dw.shape[1];
  const Gemm problem{.transpose_a = true,
                     .m = in,
                     .n = out,
                     .k = rows,
                     .lda = in,
                     .ldb = out,
                     .ldc = out,
                     .beta = write == Write::add ? 1.0f : 0.0f};
  tiled_gemm(threads(), dw.as<float>(), x.as<float>(), gradient, problem, kNoEpilogue);
  if (!db) return;
  View bias = db;
  bias.shape = Shape{1, out};
  do_reduce(bias, {gradient, Shape{rows, out}, DType::f32}, ReduceOp::sum, write);
}

}  // namespace hone::kernels
