// The loops compiled for the baseline of x86-64; kernels/CMakeLists.txt gives this folder its
// flags.
#define HONE_ISA baseline
#include "kernels/cpu/isa/loops.h"

namespace hone::kernels {

const SimdTable& simd_baseline() {
  static constexpr SimdTable kTable = baseline::table("baseline");
  return kTable;
}

}  // namespace hone::kernels
