// The loops of simd.h compiled for the instruction set `avx2`.
#include <immintrin.h>

#include "kernels/cpu/simd.h"

namespace hone::kernels {
namespace avx2 {
namespace {
#include "kernels/cpu/simd_loops.inc"
// Second, it ends with the table.
#include "kernels/cpu/simd_conv.inc"
constexpr SimdTable kTable = table("avx2");
}  // namespace
}  // namespace avx2

const SimdTable& simd_avx2() { return avx2::kTable; }

}  // namespace hone::kernels
