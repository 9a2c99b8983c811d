// Loads OpenBLAS by the name that its package has given it (HONE_BLAS_LIBRARY).
#include "kernels/cpu/blas.h"

#include <dlfcn.h>

#include <cstdlib>
#include <string>

#include "base/error.h"

namespace hone::kernels {
namespace {

constexpr const char* kThreads = "OPENBLAS_NUM_THREADS";

// While one is alive, a library that is loaded finds that it may have one thread.
class OneThread {
 public:
  OneThread() {
    if (const char* value = std::getenv(kThreads)) {
      before_ = value;
      was_set_ = true;
    }
    ::setenv(kThreads, "1", 1);
  }
  ~OneThread() {
    if (was_set_)
      ::setenv(kThreads, before_.c_str(), 1);
    else
      ::unsetenv(kThreads);
  }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  bool was_set_ = false;
  std::string before_;
};

template <class F>
F function(void* library, const char* name) {
  void* found = ::dlsym(library, name);
  if (found == nullptr)
    fail(ErrorKind::device, "cpu device: {} has no function {}; is it OpenBLAS?", HONE_BLAS_LIBRARY,
         name);
  return reinterpret_cast<F>(found);
}

Blas load() {
  const OneThread one;
  // Never closed: its threads and buffers could still be in use when the process ends.
  void* library = ::dlopen(HONE_BLAS_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = ::dlerror();
    fail(ErrorKind::device,
         "cpu device: OpenBLAS cannot be loaded ({}); install it (Debian: "
         "libopenblas0-pthread), or use the ref device",
         why != nullptr ? why : HONE_BLAS_LIBRARY);
  }
  // A program may have loaded it before, with threads.
  function<decltype(&openblas_set_num_threads)>(library, "openblas_set_num_threads")(1);
  return {
      .sgemm = function<decltype(&cblas_sgemm)>(library, "cblas_sgemm"),
      .get_parallel = function<decltype(&openblas_get_parallel)>(library, "openblas_get_parallel"),
      .get_corename = function<decltype(&openblas_get_corename)>(library, "openblas_get_corename")};
}

}  // namespace

const Blas& blas() {
  static const Blas loaded = load();
  return loaded;
}

}  // namespace hone::kernels
