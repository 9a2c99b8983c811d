// Loading a library by its name.
#include "kernels/cuda/vendor/library.h"

#include <dlfcn.h>

#include "base/error.h"

namespace hone::kernels {

VendorLibrary::VendorLibrary(const char* name)
    : handle_(dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)) {
  if (handle_ != nullptr) return;
  const char* why = dlerror();
  why_not_ = printable(why == nullptr ? "no reason given" : why);
}

void* VendorLibrary::symbol(const char* name) {
  if (handle_ == nullptr) return nullptr;
  void* found = dlsym(handle_, name);
  if (found == nullptr) {
    handle_ = nullptr;
    why_not_ = fmt::format("it has no function {}", name);
  }
  return found;
}

}  // namespace hone::kernels
