// A library that is loaded when it is needed and may be missing.
#pragma once

#include <string>

namespace hone::kernels {

class VendorLibrary {
 public:
  // Looks where the loader looks, under this name: "libcublasLt.so.13". Never unloaded.
  explicit VendorLibrary(const char* name);
  bool loaded() const { return handle_ != nullptr; }
  // The loader's words; empty where all is there.
  const std::string& why_not() const { return why_not_; }
  // function = symbol `name`; without it the library counts as missing.
  template <class Function>
  void find(Function& function, const char* name) {
    function = reinterpret_cast<Function>(symbol(name));
  }

 private:
  void* symbol(const char* name);

  void* handle_ = nullptr;
  std::string why_not_;
};

}  // namespace hone::kernels
