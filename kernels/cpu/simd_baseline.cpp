// The loops of simd.h compiled for the instruction set `baseline`.
#include <immintrin.h>

#include "kernels/cpu/simd.h"

namespace hone::kernels {
namespace baseline {
namespace {
// The order matters: the last one ends with the table of all.
// clang-format off
#include "kernels/cpu/simd_loops.inc"
#include "kernels/cpu/simd_dropout.inc"
#include "kernels/cpu/simd_conv.inc"
// clang-format on
constexpr SimdTable kTable = table("baseline");
}  // namespace
}  // namespace baseline

const SimdTable& simd_baseline() { return baseline::kTable; }

}  // namespace hone::kernels
