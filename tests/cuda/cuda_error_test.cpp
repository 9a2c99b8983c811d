// What failed calls of CUDA become.
#include "kernels/cuda/cuda_error.h"

#include <doctest/doctest.h>

#include "kernels/pool.h"

using namespace hone;
using namespace hone::kernels;

TEST_CASE("a failed call names what was tried and has CUDA's words") {
  check_cuda(cudaSuccess, "nothing");
  try {
    check_cuda(cudaErrorInvalidValue, "cudaMemcpyAsync");
    FAIL_CHECK("no error");
  } catch (const CudaError& error) {
    CHECK(error.kind() == ErrorKind::device);
    CHECK(error.code() == cudaErrorInvalidValue);
    CHECK(std::string(error.what()) ==
          "cuda: cudaMemcpyAsync: cudaErrorInvalidValue, invalid argument");
  }
}

TEST_CASE("no memory left is the trial's error, an error that stays is the process's") {
  CHECK_THROWS_AS(check_cuda(cudaErrorMemoryAllocation, "cudaGraphInstantiate"), OutOfMemory);
  for (const cudaError_t code : {cudaErrorIllegalAddress, cudaErrorLaunchFailure, cudaErrorAssert,
                                 cudaErrorECCUncorrectable, cudaErrorMisalignedAddress})
    CHECK_THROWS_AS(check_cuda(code, "softmax"), DeviceLost);
  for (const cudaError_t code : {cudaErrorInvalidConfiguration, cudaErrorNoKernelImageForDevice,
                                 cudaErrorStreamCaptureInvalidated})
    CHECK_THROWS_AS(check_cuda(code, "softmax"), CudaError);
}
