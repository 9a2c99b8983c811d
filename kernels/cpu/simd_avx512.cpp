// The loops of simd.h compiled for the instruction set `avx512`.
// GCC 12 warns about its own header: _mm512_undefined_epi32() is uninitialised by design.
#pragma GCC diagnostic push
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#pragma GCC diagnostic pop

#include "kernels/cpu/simd.h"

namespace hone::kernels {
namespace avx512 {
namespace {
// The order matters: the last one ends with the table of all.
// clang-format off
#include "kernels/cpu/simd_loops.inc"
#include "kernels/cpu/simd_dropout.inc"
#include "kernels/cpu/simd_conv.inc"
// clang-format on
constexpr SimdTable kTable = table("avx512");
}  // namespace
}  // namespace avx512

const SimdTable& simd_avx512() { return avx512::kTable; }

}  // namespace hone::kernels
