// The choice of the instruction set, once per device.
#include "kernels/cpu/simd.h"

#include <cstdlib>

#include "base/error.h"

namespace hone::kernels {
namespace {

bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

}  // namespace

const SimdTable& choose_simd() {
  __builtin_cpu_init();
  const char* forced = std::getenv("HONE_ISA");
  const std::string name = forced == nullptr ? "" : forced;
  if (name.empty()) {
    if (has_avx512()) return simd_avx512();
    return has_avx2() ? simd_avx2() : simd_baseline();
  }
  if (name == "baseline") return simd_baseline();
  const bool avx512 = name == "avx512";
  check(avx512 || name == "avx2", "HONE_ISA is '{}'; known: baseline, avx2, avx512",
        printable(name));
  if (!(avx512 ? has_avx512() : has_avx2()))
    fail(ErrorKind::device, "HONE_ISA is '{}', but this processor does not have it", name);
  return avx512 ? simd_avx512() : simd_avx2();
}

}  // namespace hone::kernels
