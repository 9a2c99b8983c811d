// The loops of simd.h compiled for the instruction set `avx512`.
#include "kernels/cpu/simd.h"

namespace hone::kernels {
namespace avx512 {
namespace {
#include "kernels/cpu/simd_loops.inc"
constexpr SimdTable kTable = table("avx512");
}  // namespace
}  // namespace avx512

const SimdTable& simd_avx512() { return avx512::kTable; }

}  // namespace hone::kernels
