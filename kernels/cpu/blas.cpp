// Loads OpenBLAS by the name that its package has given it (HONE_BLAS_LIBRARY).
#include "kernels/cpu/blas.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string>

#include "base/error.h"
#include "kernels/cpu/isa/table.h"

namespace hone::kernels {
namespace {

constexpr const char* kThreads = "OPENBLAS_NUM_THREADS";
constexpr const char* kCore = "OPENBLAS_CORETYPE";

// While one is alive, a library that is loaded finds this variable in the environment.
class Setting {
 public:
  Setting(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value, 1);
  }
  ~Setting() {
    if (before_)
      ::setenv(name_, before_->c_str(), 1);
    else
      ::unsetenv(name_);
  }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

template <class F>
F function(void* library, const char* name) {
  void* found = ::dlsym(library, name);
  if (found == nullptr)
    fail(ErrorKind::device, "cpu device: {} has no function {}; is it OpenBLAS?", HONE_BLAS_LIBRARY,
         name);
  return reinterpret_cast<F>(found);
}

void* open_library() {
  const Setting one(kThreads, "1");
  void* library = ::dlopen(HONE_BLAS_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = ::dlerror();
    fail(ErrorKind::device,
         "cpu device: OpenBLAS cannot be loaded ({}); install it (Debian: "
         "libopenblas0-pthread), or use the ref device",
         why != nullptr ? why : HONE_BLAS_LIBRARY);
  }
  return library;
}

// Never closed for good: its threads and buffers could still be in use when the process ends.
void* open_with_fitting_kernels() {
  void* library = open_library();
  if (std::getenv(kCore) != nullptr) return library;  // somebody has chosen
  const auto core = function<decltype(&openblas_get_corename)>(library, "openblas_get_corename");
  const char* better = better_core(core(), choose_simd().name);
  if (better == nullptr) return library;
  // Where the program has loaded it as well, it stays as it is, which is right if slow.
  ::dlclose(library);
  const Setting setting(kCore, better);
  return open_library();
}

Blas load() {
  void* library = open_with_fitting_kernels();
  // A program may have loaded it before, with threads.
  function<decltype(&openblas_set_num_threads)>(library, "openblas_set_num_threads")(1);
  return {
      .sgemm = function<decltype(&cblas_sgemm)>(library, "cblas_sgemm"),
      .get_parallel = function<decltype(&openblas_get_parallel)>(library, "openblas_get_parallel"),
      .get_corename = function<decltype(&openblas_get_corename)>(library, "openblas_get_corename")};
}

}  // namespace

const char* better_core(std::string_view chosen, std::string_view isa) {
  // What OpenBLAS has for processors without AVX2, by the names it gives them.
  constexpr std::string_view kOld[] = {
      "Katmai",      "Coppermine",   "Northwood",  "Prescott", "Banias",      "Atom",
      "Core2",       "Penryn",       "Dunnington", "Nehalem",  "Sandybridge", "Athlon",
      "Opteron",     "Opteron_SSE3", "Barcelona",  "Bobcat",   "Bulldozer",   "Piledriver",
      "Steamroller", "Nano",         "Unknown"};
  if (std::find(std::begin(kOld), std::end(kOld), chosen) == std::end(kOld)) return nullptr;
  return isa == "avx512" ? "SkylakeX" : isa == "avx2" ? "Haswell" : nullptr;
}

const Blas& blas() {
  static const Blas loaded = load();
  return loaded;
}

}  // namespace hone::kernels
