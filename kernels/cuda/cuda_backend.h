// The CUDA backend: one stream, kernels of our own, and products and convolutions through two
// seams.
//
// A verb is one function in the file named as its op, kernels/cuda/<op>.cu:
//
//   template <>
//   void CudaBackend::implement(const verb::Softmax& v) { ... }
//
// It starts kernels on stream() through launch() (launch.h), takes scratch memory from workspace(),
// allocates nothing else, waits for nothing, and does the same calls whenever it sees the same
// verb: so it can be captured. Views of several models become arguments of one launch (each.h).
// Errors need no handling there: the text gets the verb's name and shapes here.
#pragma once

#include <cuda_runtime.h>

#include <memory>
#include <string>
#include <vector>

#include "kernels/backend.h"
#include "kernels/cuda/conv_plan.h"
#include "kernels/cuda/cuda_device.h"
#include "kernels/cuda/cuda_error.h"
#include "kernels/cuda/each.h"
#include "kernels/cuda/gemm.h"

namespace hone::kernels {

class CudaBackend;
class StagingRing;

// What stands between the door and a verb's function: the current device, the gate, the words of
// errors.
class CudaVerbs : public Implements<CudaVerbs> {
 public:
  CudaVerbs(std::shared_ptr<CudaDevice> device, const BackendOptions& options);
  template <class V>
  void implement(const V& verb);

 protected:
  CudaDevice& cuda_device() const { return *cuda_device_; }

 private:
  std::shared_ptr<CudaDevice> cuda_device_;
  int depth_ = 0;
};

class CudaBackend : public CudaVerbs {
 public:
  CudaBackend(std::shared_ptr<CudaDevice> device, const BackendOptions& options);
  ~CudaBackend() override;

  std::string fingerprint() const override;
  void synchronize() override;

  template <class V>
  void implement(const V& verb);

  // --- for the functions of verbs ---

  cudaStream_t stream() const { return stream_; }
  const CudaProperties& properties() const { return cuda_device().properties(); }
  // Scratch memory of `count` elements for each model, aligned as that of one.
  template <class T>
  Each<T> scratch(std::int64_t count, int models) {
    constexpr std::int64_t kAligned = 64;
    const std::int64_t bytes = count * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t stride = (bytes + kAligned - 1) / kAligned * kAligned;
    void* data = workspace().take(static_cast<std::size_t>(stride * models));
    return Each<T>(static_cast<T*>(data), models, stride);
  }
  // One product for each of c's models: by the library, one after the other, where it has an
  // algorithm, else by tiled_gemm.
  void gemm(Each<float> c, Each<const float> a, Each<const float> b, const GemmProblem& problem);
  // The library's plan for a plain convolution with these pointers (see ConvPlan::run); null where
  // im2col and gemm() have to do it: no plan, no library, or BackendOptions::conv2d is "im2col". It
  // overwrites its output; run it with workspace().take(plan->workspace_bytes()).
  ConvPlan* conv_plan(ConvProblem problem, const void* out, const void* a, const void* b);

 protected:
  void do_upload(void* to, const void* host, std::size_t bytes) override;
  void do_download(void* host, const void* from, std::size_t bytes) override;
  std::unique_ptr<Recording::Graph> end_graph(const std::vector<AnyVerb>& verbs) override;
  bool takes_models(std::size_t) const override { return true; }

 private:
  class Graph;

  cudaStream_t stream_ = nullptr;
  std::string forced_conv2d_;
  std::unique_ptr<StagingRing> staging_;
  std::unique_ptr<Gemm> gemm_;
  std::unique_ptr<ConvPlanner> planner_;
};

}  // namespace hone::kernels
