// The loops of simd.h compiled for the instruction set `baseline`.
#include "kernels/cpu/simd.h"

namespace hone::kernels {
namespace baseline {
namespace {
#include "kernels/cpu/simd_loops.inc"
constexpr SimdTable kTable = table("baseline");
}  // namespace
}  // namespace baseline

const SimdTable& simd_baseline() { return baseline::kTable; }

}  // namespace hone::kernels
