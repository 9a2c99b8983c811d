// matmul: the products of a batch one after the other.
#include "kernels/cuda/verb_file.h"

namespace hone::kernels {

template <>
void CudaBackend::implement(const verb::Matmul& v) {
  require_f32(v.c.dtype, "matmul");
  const GemmProblem p{.transpose_a = v.params.transpose_a,
                      .transpose_b = v.params.transpose_b,
                      .m = v.c.shape[-2],
                      .n = v.c.shape[-1],
                      .k = v.a.shape[v.params.transpose_a ? -2 : -1],
                      .lda = v.a.shape[-1],
                      .ldb = v.b.shape[-1],
                      .ldc = v.c.shape[-1],
                      .beta = v.write == Write::add ? 1.0f : 0.0f};
  const std::int64_t batch = v.c.shape.rank() == 3 ? v.c.shape[0] : 1;
  for (std::int64_t i = 0; i < batch; ++i)
    gemm(each<float>(v.c).plus(i * p.m * p.n), each<float>(v.a).plus(i * p.m * p.k),
         each<float>(v.b).plus(i * p.k * p.n), p);
}

}  // namespace hone::kernels
