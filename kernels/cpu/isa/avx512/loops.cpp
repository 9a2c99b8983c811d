// The loops compiled for AVX-512; kernels/CMakeLists.txt gives this folder its flags.
#define HONE_ISA avx512
#include "kernels/cpu/isa/loops.h"

namespace hone::kernels {

const SimdTable& simd_avx512() {
  static constexpr SimdTable kTable = avx512::table("avx512");
  return kTable;
}

}  // namespace hone::kernels
