// Host memory as device memory.
#include "kernels/host_device.h"

#include <cstring>
#include <fstream>
#include <new>

#include "base/error.h"

namespace hone::kernels {
namespace {

constexpr std::align_val_t kAlignment{64};

class HostMemory : public RawMemory {
 public:
  void* allocate(std::size_t bytes) override {
    void* data = ::operator new(bytes, kAlignment, std::nothrow);
    if (data == nullptr)
      throw OutOfMemory(
          fmt::format("memory: {} bytes could not be allocated; use a smaller batch", bytes));
    return data;
  }
  void release(void* data) noexcept override { ::operator delete(data, kAlignment); }
  void poison(void* data, std::size_t bytes, MemoryContext) noexcept override {
    std::memset(data, 0xff, bytes);
  }
  void settle() noexcept override {}
};

}  // namespace

HostDevice::HostDevice() : Device(std::make_shared<HostMemory>()) {}

void HostDevice::do_upload(void* to, const void* host, std::size_t bytes) {
  if (bytes > 0) std::memcpy(to, host, bytes);
}

void HostDevice::do_download(void* host, const void* from, std::size_t bytes) {
  if (bytes > 0) std::memcpy(host, from, bytes);
}

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos)
      return printable(line.substr(colon + 2));
  }
  return "unknown processor";
}

}  // namespace hone::kernels
