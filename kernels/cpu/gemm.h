// Single-precision matrix products with the same bits for any number of threads.
#pragma once

#include <cstdint>

namespace hone::kernels {

// One product c = op(a) op(b) + beta c on the calling thread alone. op(a): [m, k], op(b): [k, n],
// c: [m, n]; lda, ldb, ldc: floats from one stored row to the next.
struct Gemm {
  bool transpose_a = false, transpose_b = false;
  std::int64_t m = 0, n = 0, k = 0;
  std::int64_t lda = 0, ldb = 0, ldc = 0;
  float beta = 0;
};
void gemm(float* c, const float* a, const float* b, const Gemm& problem);

// The same on fixed tiles of c, spread over threads; the BLAS never sees more than one tile.
// epilogue(first_row, rows, first_column, columns) runs once per finished tile, on its thread.
template <class Epilogue>
void tiled_gemm(int threads, float* c, const float* a, const float* b, const Gemm& problem,
                Epilogue epilogue);

// Makes the BLAS library single-threaded; call it before the first product.
void prepare_blas();
// The kernel family that the BLAS library chose: "SkylakeX", "Haswell"...
const char* blas_core();

}  // namespace hone::kernels

#include "base/parallel_for.h"

namespace hone::kernels {

template <class Epilogue>
void tiled_gemm(int threads, float* c, const float* a, const float* b, const Gemm& problem,
                Epilogue epilogue) {
  constexpr std::int64_t kTileRows = 128, kTileColumns = 256;
  const std::int64_t row_tiles = (problem.m + kTileRows - 1) / kTileRows;
  const std::int64_t column_tiles = (problem.n + kTileColumns - 1) / kTileColumns;
  parallel_for(threads, row_tiles * column_tiles, [&](std::int64_t tile, int) {
    const std::int64_t i = tile / column_tiles * kTileRows;
    const std::int64_t j = tile % column_tiles * kTileColumns;
    Gemm part = problem;
    part.m = problem.m - i < kTileRows ? problem.m - i : kTileRows;
    part.n = problem.n - j < kTileColumns ? problem.n - j : kTileColumns;
    gemm(c + i * problem.ldc + j, a + (problem.transpose_a ? i : i * problem.lda),
         b + (problem.transpose_b ? j * problem.ldb : j), part);
    epilogue(i, part.m, j, part.n);
  });
}

}  // namespace hone::kernels
