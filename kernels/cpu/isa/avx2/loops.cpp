// The loops compiled for AVX2 and FMA; kernels/CMakeLists.txt gives this folder its flags.
#define HONE_ISA avx2
#include "kernels/cpu/isa/loops.h"

namespace hone::kernels {

const SimdTable& simd_avx2() {
  static constexpr SimdTable kTable = avx2::table("avx2");
  return kTable;
}

}  // namespace hone::kernels
