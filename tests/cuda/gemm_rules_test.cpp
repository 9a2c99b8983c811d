// The table of the products' algorithms.
#include "kernels/cuda/vendor/gemm_rules.h"

#include <doctest/doctest.h>

using namespace hone;
using namespace hone::kernels;

TEST_CASE("every architecture has its line of the table, later ones the last") {
  CHECK(gemm_rule(75).from_architecture == 75);
  CHECK(gemm_rule(89).from_architecture == 80);
  CHECK(gemm_rule(90).from_architecture == 90);
  CHECK(gemm_rule(103).from_architecture == 100);
  CHECK(gemm_rule(200).from_architecture == 120);
  for (const GemmRule& rule : kGemmRules) {
    CHECK((rule.reductions & CUBLASLT_REDUCTION_SCHEME_INPLACE) == 0);
    CHECK(rule.workspace_bytes <= std::size_t{32} << 20);
  }
}

TEST_CASE("fp32 allows no tensor core and no factor that is less than f32") {
  constexpr std::uint64_t kLess =
      CUBLASLT_NUMERICAL_IMPL_FLAGS_TENSOR_OP_MASK | CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_TF32 |
      CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_16BF | CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_16F |
      CUBLASLT_NUMERICAL_IMPL_FLAGS_ACCUMULATOR_16F;
  CHECK((allowed_implementations(Math::fp32) & kLess) == 0);
  CHECK((allowed_implementations(Math::tf32) & CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_16BF) == 0);
  for (const Math math : {Math::fp32, Math::tf32, Math::bf16})
    CHECK((allowed_implementations(math) & CUBLASLT_NUMERICAL_IMPL_FLAGS_ACCUMULATOR_16F) == 0);
}
