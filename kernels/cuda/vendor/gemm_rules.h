// Which of cuBLASLt's algorithms may run: a table by architecture, so that nothing is left to a
// measurement at run time.
#pragma once

#include <cublasLt.h>

#include <cstddef>
#include <cstdint>

#include "kernels/device.h"

namespace hone::kernels {

struct GemmRule {
  int from_architecture;        // this one and later ones, up to the next line
  std::size_t workspace_bytes;  // what cuBLAS itself sets aside there
  std::uint32_t reductions;     // of partial sums over k; those that add in place are left out
};

inline constexpr std::uint32_t kFixedOrder =
    CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE | CUBLASLT_REDUCTION_SCHEME_OUTPUT_TYPE;

inline constexpr GemmRule kGemmRules[] = {
    {.from_architecture = 75, .workspace_bytes = std::size_t{4} << 20, .reductions = kFixedOrder},
    {.from_architecture = 80, .workspace_bytes = std::size_t{4} << 20, .reductions = kFixedOrder},
    {.from_architecture = 90, .workspace_bytes = std::size_t{32} << 20, .reductions = kFixedOrder},
    {.from_architecture = 100, .workspace_bytes = std::size_t{32} << 20, .reductions = kFixedOrder},
    {.from_architecture = 120, .workspace_bytes = std::size_t{12} << 20, .reductions = kFixedOrder},
};

constexpr const GemmRule& gemm_rule(int architecture) {
  const GemmRule* rule = kGemmRules;
  for (const GemmRule& each : kGemmRules)
    if (each.from_architecture <= architecture) rule = &each;
  return *rule;
}

// What an algorithm may be made of. fp32: multiply-adds of f32 alone.
constexpr std::uint64_t allowed_implementations(Math math) {
  std::uint64_t allowed = CUBLASLT_NUMERICAL_IMPL_FLAGS_FMA |
                          CUBLASLT_NUMERICAL_IMPL_FLAGS_ACCUMULATOR_32F |
                          CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_32F;
  if (math != Math::fp32)
    allowed |= CUBLASLT_NUMERICAL_IMPL_FLAGS_HMMA | CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_TF32;
  if (math == Math::bf16) allowed |= CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_16BF;
  return allowed;
}

constexpr cublasComputeType_t compute_type(Math math) {
  return math == Math::fp32   ? CUBLAS_COMPUTE_32F
         : math == Math::tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32
                              : CUBLAS_COMPUTE_32F_FAST_16BF;
}

}  // namespace hone::kernels
