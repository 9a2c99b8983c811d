// Uploads through page-locked memory.
#include "kernels/cuda/staging.h"

#include <algorithm>
#include <cstring>

#include "kernels/cuda/cuda_error.h"

namespace hone::kernels {
namespace {

constexpr std::size_t kHalfBytes = std::size_t{1} << 20;

}  // namespace

StagingRing::~StagingRing() {
  for (const Half& half : halves_) {
    if (half.fetched != nullptr) {
      cudaEventSynchronize(half.fetched);
      cudaEventDestroy(half.fetched);
    }
    if (half.data != nullptr) cudaFreeHost(half.data);
  }
}

void StagingRing::prepare() {
  for (Half& half : halves_) {
    if (half.data == nullptr)
      check_cuda(cudaHostAlloc(&half.data, kHalfBytes, cudaHostAllocDefault), "cudaHostAlloc");
    if (half.fetched == nullptr)
      check_cuda(cudaEventCreateWithFlags(&half.fetched, cudaEventDisableTiming),
                 "cudaEventCreate");
  }
}

void StagingRing::upload(cudaStream_t stream, void* to, const void* host, std::size_t bytes) {
  prepare();
  for (std::size_t done = 0; done < bytes; done += kHalfBytes) {
    const Half& half = halves_[next_];
    next_ = 1 - next_;
    const std::size_t part = std::min(kHalfBytes, bytes - done);
    check_cuda(cudaEventSynchronize(half.fetched), "upload");
    std::memcpy(half.data, static_cast<const char*>(host) + done, part);
    check_cuda(cudaMemcpyAsync(static_cast<char*>(to) + done, half.data, part,
                               cudaMemcpyHostToDevice, stream),
               "upload");
    check_cuda(cudaEventRecord(half.fetched, stream), "upload");
  }
}

}  // namespace hone::kernels
