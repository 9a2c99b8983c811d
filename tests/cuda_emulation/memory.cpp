// Device memory: host memory of exactly the size that was asked for, filled with 0xff.
#include <cstdlib>
#include <cstring>
#include <map>

#include "tests/cuda_emulation/settings.h"
#include "tests/cuda_emulation/state.h"

using namespace cuda_emulation;

namespace {

// Bytes by address.
struct Allocations {
  std::map<const char*, std::size_t> blocks;
  std::size_t held = 0;
};

Allocations& device_memory() {
  static Allocations all;
  return all;
}

Allocations& pinned_memory() {
  static Allocations all;
  return all;
}

constexpr std::size_t kAlignment = 256;

void* take(Allocations& all, std::size_t bytes) {
  void* data = nullptr;
  if (posix_memalign(&data, kAlignment, bytes == 0 ? 1 : bytes) != 0) return nullptr;
  std::memset(data, 0xff, bytes);
  all.blocks[static_cast<const char*>(data)] = bytes;
  all.held += bytes;
  return data;
}

bool give_back(Allocations& all, void* data) {
  const auto found = all.blocks.find(static_cast<const char*>(data));
  if (found == all.blocks.end()) return false;
  all.held -= found->second;
  all.blocks.erase(found);
  std::free(data);
  return true;
}

bool holds(const Allocations& all, const void* data, std::size_t bytes) {
  const auto* at = static_cast<const char*>(data);
  auto block = all.blocks.upper_bound(at);
  if (block == all.blocks.begin()) return false;
  --block;
  return static_cast<std::size_t>(at - block->first) + bytes <= block->second;
}

}  // namespace

namespace cuda_emulation {

bool is_device_memory(const void* data, std::size_t bytes) {
  return holds(device_memory(), data, bytes);
}

bool fits_kind(const void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  const bool to_device = holds(device_memory(), to, bytes);
  const bool from_device = holds(device_memory(), from, bytes);
  switch (kind) {
    case cudaMemcpyHostToHost:
      return !to_device && !from_device;
    case cudaMemcpyHostToDevice:
      return to_device && !from_device;
    case cudaMemcpyDeviceToHost:
      return !to_device && from_device;
    case cudaMemcpyDeviceToDevice:
      return to_device && from_device;
    case cudaMemcpyDefault:
      return true;
  }
  return false;
}

}  // namespace cuda_emulation

cudaError_t cudaMalloc(void** data, std::size_t bytes) {
  const std::lock_guard guard(lock());
  *data = nullptr;
  if (capture_forbids()) return noted(cudaErrorStreamCaptureUnsupported);
  if (lost() != cudaSuccess) return noted(lost());
  if (device_memory().held + bytes > settings().memory) return noted(cudaErrorMemoryAllocation);
  *data = take(device_memory(), bytes);
  return *data == nullptr ? noted(cudaErrorMemoryAllocation) : cudaSuccess;
}

// Waits for the whole device, as CUDA's does.
cudaError_t cudaFree(void* data) {
  const std::lock_guard guard(lock());
  if (const cudaError_t error = settle_device(); error != cudaSuccess) return noted(error);
  if (data == nullptr || give_back(device_memory(), data)) return cudaSuccess;
  return noted(cudaErrorInvalidValue);
}

cudaError_t cudaMallocHost(void** data, std::size_t bytes) {
  const std::lock_guard guard(lock());
  *data = nullptr;
  if (capture_forbids()) return noted(cudaErrorStreamCaptureUnsupported);
  *data = take(pinned_memory(), bytes);
  return *data == nullptr ? noted(cudaErrorMemoryAllocation) : cudaSuccess;
}

cudaError_t cudaHostAlloc(void** data, std::size_t bytes, unsigned flags) {
  return flags == cudaHostAllocDefault ? cudaMallocHost(data, bytes) : noted(cudaErrorInvalidValue);
}

cudaError_t cudaFreeHost(void* data) {
  const std::lock_guard guard(lock());
  if (const cudaError_t error = settle_device(); error != cudaSuccess) return noted(error);
  if (data == nullptr || give_back(pinned_memory(), data)) return cudaSuccess;
  return noted(cudaErrorInvalidValue);
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  const std::lock_guard guard(lock());
  *total = settings().memory;
  *free = *total - device_memory().held;
  return cudaSuccess;
}
