// The loops of simd.h compiled for the instruction set `avx2`.
#include <immintrin.h>

#include "kernels/cpu/simd.h"

namespace hone::kernels {
namespace avx2 {
namespace {
// The order matters: the last one ends with the table of all.
// clang-format off
#include "kernels/cpu/simd_loops.inc"
#include "kernels/cpu/simd_dropout.inc"
#include "kernels/cpu/simd_conv.inc"
// clang-format on
constexpr SimdTable kTable = table("avx2");
}  // namespace
}  // namespace avx2

const SimdTable& simd_avx2() { return avx2::kTable; }

}  // namespace hone::kernels
