// What a failed call of CUDA means.
#include "kernels/cuda/cuda_error.h"

#include "kernels/pool.h"

namespace hone::kernels {
namespace {

// Of these CUDA says that the process has to end: every later call returns the same.
bool is_sticky(cudaError_t code) {
  switch (code) {
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchTimeout:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorLaunchFailure:
    case cudaErrorAssert:
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorUnknown:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string cuda_words(cudaError_t code) {
  return fmt::format("{}, {}", cudaGetErrorName(code), cudaGetErrorString(code));
}

void check_cuda(cudaError_t code, const char* what) {
  if (code == cudaSuccess) return;
  cudaGetLastError();  // so that the next check does not find this error again
  if (code == cudaErrorMemoryAllocation)
    throw OutOfMemory(fmt::format("cuda: {}: the device has no memory left", what));
  if (is_sticky(code))
    throw DeviceLost(fmt::format(
        "cuda: {}: {}; a kernel that was started before may be the cause (CUDA_LAUNCH_BLOCKING=1 "
        "shows it); this process cannot use the device any more",
        what, cuda_words(code)));
  throw CudaError(code, fmt::format("cuda: {}: {}", what, cuda_words(code)));
}

}  // namespace hone::kernels
