// The loops of simd.h compiled for the instruction set `avx2`.
#include "kernels/cpu/simd.h"

namespace hone::kernels {
namespace avx2 {
namespace {
#include "kernels/cpu/simd_loops.inc"
constexpr SimdTable kTable = table("avx2");
}  // namespace
}  // namespace avx2

const SimdTable& simd_avx2() { return avx2::kTable; }

}  // namespace hone::kernels
