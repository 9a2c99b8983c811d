// What the files of the emulation's host side share.
#pragma once

#include <cuda_runtime.h>

#include <mutex>

namespace cuda_emulation {

// Held by every call of the interface.
std::recursive_mutex& lock();

// The thread's last error, and `error` kept as it.
cudaError_t& last_error();
cudaError_t noted(cudaError_t error);

// cudaErrorIllegalAddress once the device is lost: then no call succeeds any more.
cudaError_t lost();

// Does all that was given to the device; refused inside a capture of the calling thread.
cudaError_t settle_device();
// Whether the calling thread captures a stream; then the capture is lost.
bool capture_forbids();

// --- memory ---

// All of it in one allocation of the device.
bool is_device_memory(const void* data, std::size_t bytes);
bool fits_kind(const void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind);

}  // namespace cuda_emulation
