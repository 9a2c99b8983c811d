// Errors of the CUDA runtime as errors of hone.
#pragma once

#include <cuda_runtime.h>

#include <string>

#include "base/error.h"

namespace hone::kernels {

// A call of CUDA that failed. Its text names the verb with its shapes once it has passed
// CudaVerbs::implement (cuda_backend.h).
class CudaError : public Error {
 public:
  CudaError(cudaError_t code, const std::string& message)
      : Error(ErrorKind::device, message), code_(code) {}
  cudaError_t code() const { return code_; }

 private:
  cudaError_t code_;
};

// "cudaErrorInvalidValue, invalid argument": CUDA's name and words.
std::string cuda_words(cudaError_t code);

// Throws what `code` means unless it is success: OutOfMemory where the device has no room,
// DeviceLost (base/error.h) where every later call would fail as well, CudaError for the rest.
// `what` is what was tried, such as "cudaMalloc" or a kernel's name.
void check_cuda(cudaError_t code, const char* what);

}  // namespace hone::kernels
