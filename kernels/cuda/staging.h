// Page-locked memory of the host that uploads go through.
#pragma once

#include <cuda_runtime.h>

#include <array>
#include <cstddef>

namespace hone::kernels {

// A copy from ordinary memory would make the host wait or read the caller's bytes later; this takes
// the bytes at once, and the device fetches them in its order. Two halves, so that one is filled
// while the other is fetched. Used by one thread, with the device current.
class StagingRing {
 public:
  StagingRing() = default;
  StagingRing(const StagingRing&) = delete;
  StagingRing& operator=(const StagingRing&) = delete;
  ~StagingRing();

  // Has taken the bytes when it returns.
  void upload(cudaStream_t stream, void* to, const void* host, std::size_t bytes);

 private:
  struct Half {
    void* data = nullptr;
    cudaEvent_t fetched = nullptr;
  };
  void prepare();

  std::array<Half, 2> halves_;
  std::size_t next_ = 0;
};

}  // namespace hone::kernels
