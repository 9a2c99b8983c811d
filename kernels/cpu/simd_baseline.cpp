// The loops of simd.h compiled for the instruction set `baseline`.
#include <immintrin.h>

#include "kernels/cpu/simd.h"

namespace hone::kernels {
namespace baseline {
namespace {
#include "kernels/cpu/simd_loops.inc"
// Second, it ends with the table.
#include "kernels/cpu/simd_conv.inc"
constexpr SimdTable kTable = table("baseline");
}  // namespace
}  // namespace baseline

const SimdTable& simd_baseline() { return baseline::kTable; }

}  // namespace hone::kernels
