// cuDNN behind the seam ConvPlanner.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "kernels/cuda/cuda_device.h"
#include "kernels/cuda/vendor/cudnn_plan.h"

namespace hone::kernels {

// Plans and handles of one device, shared by its backends. Thread-safe.
class CudnnDevice {
 public:
  CudnnDevice(const Cudnn& cudnn, int ordinal);
  CudnnDevice(const CudnnDevice&) = delete;
  CudnnDevice& operator=(const CudnnDevice&) = delete;
  ~CudnnDevice();

  const Cudnn& cudnn() const { return cudnn_; }
  // Null where there is none; either answer is kept.
  std::shared_ptr<const CudnnPlan> plan(const ConvProblem& problem, Math math);
  // A handle is used by one backend at a time: making one takes long.
  cudnnHandle_t take_handle();
  void give_handle(cudnnHandle_t handle);

 private:
  const Cudnn& cudnn_;
  CudnnDescriptor properties_;
  std::mutex mutex_;
  std::map<std::pair<ConvProblem, Math>, std::shared_ptr<const CudnnPlan>> plans_;
  std::vector<cudnnHandle_t> handles_;
};

std::unique_ptr<ConvPlanner> make_cudnn_planner(CudnnDevice& device, Math math);

}  // namespace hone::kernels
