// Matrix products on a CUDA device: the seam between the verbs and what computes them.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <memory>
#include <string>

#include "kernels/cuda/each.h"
#include "kernels/device.h"
#include "kernels/workspace.h"

namespace hone::kernels {

// c = op(a) op(b) + beta c, all row-major. op(a): [m, k], op(b): [k, n], c: [m, n]; lda, ldb, ldc:
// floats from one stored row to the next. beta is 0 or 1; with 0, c is not read.
struct GemmProblem {
  bool transpose_a = false, transpose_b = false;
  std::int64_t m = 0, n = 0, k = 0;
  std::int64_t lda = 0, ldb = 0, ldc = 0;
  float beta = 0;

  // clang-tidy takes the 0 that the compiler compares with for a pointer.
  auto operator<=>(const GemmProblem&) const = default;  // NOLINT(modernize-use-nullptr)
};

// A library's products. One for each backend; it caches what it has chosen by problem. Which
// algorithm runs follows from problem, device and library version alone, never from timing.
class Gemm {
 public:
  virtual ~Gemm() = default;
  // Scratch memory comes from `workspace`. False where the library has no algorithm for it: then
  // nothing was done, and tiled_gemm does it.
  virtual bool run(cudaStream_t stream, float* c, const float* a, const float* b,
                   const GemmProblem& problem, Workspace& workspace) = 0;
};

// Our own tiled kernel: any problem, fp32, fixed order of summation, the models in one launch. The
// fallback, and what the emulation runs.
void tiled_gemm(cudaStream_t stream, Each<float> c, Each<const float> a, Each<const float> b,
                const GemmProblem& problem);

}  // namespace hone::kernels
