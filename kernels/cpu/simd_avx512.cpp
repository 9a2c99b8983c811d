// The loops of simd.h compiled for the instruction set `avx512`.
#include <immintrin.h>

#include "kernels/cpu/simd.h"

namespace hone::kernels {
namespace avx512 {
namespace {
#include "kernels/cpu/simd_loops.inc"
// Second, it ends with the table.
#include "kernels/cpu/simd_conv.inc"
constexpr SimdTable kTable = table("avx512");
}  // namespace
}  // namespace avx512

const SimdTable& simd_avx512() { return avx512::kTable; }

}  // namespace hone::kernels
