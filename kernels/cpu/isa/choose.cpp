// The choice of the instruction set, once per device.
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "kernels/cpu/isa/table.h"

namespace hone::kernels {
namespace {

bool has_baseline() { return true; }

bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

struct Set {
  const char* name;
  bool (*available)();
  const SimdTable& (*table)();
};

// Best first.
constexpr Set kSets[] = {{"avx512", has_avx512, simd_avx512},
                         {"avx2", has_avx2, simd_avx2},
                         {"baseline", has_baseline, simd_baseline}};

}  // namespace

const SimdTable& choose_simd() {
  __builtin_cpu_init();
  const char* forced = std::getenv("HONE_ISA");
  const std::string name = forced == nullptr ? "" : forced;
  std::string known;
  for (const Set& set : kSets) {
    if (name.empty() ? set.available() : name == set.name) {
      if (!set.available())
        fail(ErrorKind::device, "HONE_ISA is '{}', but this processor does not have it", name);
      return set.table();
    }
    known += known.empty() ? set.name : fmt::format(", {}", set.name);
  }
  fail(ErrorKind::usage, "HONE_ISA is '{}'; known: {}", printable(name), known);
}

}  // namespace hone::kernels
