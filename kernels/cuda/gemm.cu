// The product that any problem falls back on: tiles in shared memory, sums along k in order, so
// that the size of the tiles does not change a bit.
#include "kernels/cuda/gemm.h"

#include "kernels/cuda/device_api.h"
#include "kernels/cuda/launch.h"

namespace hone::kernels {
namespace {

constexpr int kSide = 16;  // threads of a block along both axes, and the depth of a tile

// c: [m, n]; each thread has kEach x kEach elements of it, kSide apart.
template <int kEach>
__global__ void __launch_bounds__(kSide* kSide)
    gemm_kernel(Each<float> each_c, Each<const float> each_a, Each<const float> each_b,
                GemmProblem p) {
  float* c = each_c;
  const float *a = each_a, *b = each_b;
  constexpr int kTile = kSide * kEach;
  using Tile = float[kSide][kTile + 1];
  HONE_SHARED(Tile, from_a);  // [k, m]
  HONE_SHARED(Tile, from_b);  // [k, n]
  const int tx = device::thread_x(), ty = device::thread_y();
  const std::int64_t row0 = static_cast<std::int64_t>(device::block_x()) * kTile;
  const std::int64_t column0 = static_cast<std::int64_t>(device::block_y()) * kTile;
  float sums[kEach][kEach] = {};
  for (std::int64_t k0 = 0; k0 < p.k; k0 += kSide) {
    // Neighbouring threads read neighbouring elements, whichever way a matrix lies.
    for (int e = 0; e < kEach; ++e) {
      const int ak = p.transpose_a ? ty : tx, am = (p.transpose_a ? tx : ty) + e * kSide;
      const std::int64_t row = row0 + am, ka = k0 + ak;
      from_a[ak][am] =
          row < p.m && ka < p.k ? a[p.transpose_a ? ka * p.lda + row : row * p.lda + ka] : 0.0f;
      const int bk = p.transpose_b ? tx : ty, bn = (p.transpose_b ? ty : tx) + e * kSide;
      const std::int64_t column = column0 + bn, kb = k0 + bk;
      from_b[bk][bn] = column < p.n && kb < p.k
                           ? b[p.transpose_b ? column * p.ldb + kb : kb * p.ldb + column]
                           : 0.0f;
    }
    device::barrier();
    const int depth = p.k - k0 < kSide ? static_cast<int>(p.k - k0) : kSide;
    for (int k = 0; k < depth; ++k)
      for (int i = 0; i < kEach; ++i)
        for (int j = 0; j < kEach; ++j)
          sums[i][j] += from_a[k][ty + i * kSide] * from_b[k][tx + j * kSide];
    device::barrier();
  }
  for (int i = 0; i < kEach; ++i)
    for (int j = 0; j < kEach; ++j) {
      const std::int64_t row = row0 + ty + i * kSide, column = column0 + tx + j * kSide;
      if (row >= p.m || column >= p.n) continue;
      float& out = c[row * p.ldc + column];
      out = p.beta == 0.0f ? sums[i][j] : out + sums[i][j];
    }
}

template <int kEach>
void start(cudaStream_t stream, Each<float> c, Each<const float> a, Each<const float> b,
           const GemmProblem& p) {
  constexpr std::int64_t kTile = kSide * kEach;
  const std::int64_t wide = 65535 * kTile;  // columns of one grid
  for (std::int64_t column = 0; column < p.n; column += wide) {
    GemmProblem part = p;
    part.n = std::min(wide, p.n - column);
    const dim3 grid(static_cast<unsigned>((p.m + kTile - 1) / kTile),
                    static_cast<unsigned>((part.n + kTile - 1) / kTile));
    launch(stream, "gemm", grid, dim3(kSide, kSide), 0, gemm_kernel<kEach>, c.plus(column), a,
           b.plus(p.transpose_b ? column * p.ldb : column), part);
  }
}

}  // namespace

void tiled_gemm(cudaStream_t stream, Each<float> c, Each<const float> a, Each<const float> b,
                const GemmProblem& problem) {
  if (problem.m >= 4 * kSide && problem.n >= 4 * kSide) {
    start<4>(stream, c, a, b, problem);
  } else {
    start<1>(stream, c, a, b, problem);
  }
}

}  // namespace hone::kernels
