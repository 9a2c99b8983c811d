// The libraries of the vendor, which may be missing: cuBLASLt behind Gemm, cuDNN behind
// ConvPlanner.
#pragma once

#include <memory>
#include <string>

#include "kernels/cuda/conv_plan.h"
#include "kernels/cuda/cuda_device.h"
#include "kernels/cuda/gemm.h"

namespace hone::kernels {

// One for each device. Thread-safe.
class CudaVendor {
 public:
  virtual ~CudaVendor() = default;
  // Null where the library is missing.
  virtual std::unique_ptr<Gemm> new_gemm(Math math) = 0;
  virtual std::unique_ptr<ConvPlanner> new_planner(Math math) = 0;
  // Whether new_planner() gives one.
  virtual bool has_plans() const { return false; }
  // Whether products are computed in less than f32 if asked.
  virtual bool has_tensor_cores() const = 0;
  // What they are, with versions, for the fingerprint: "cuBLASLt 13.1.0, cuDNN 9.19.0".
  virtual std::string versions() const = 0;
  // What is missing and what stands in for it, in words; empty where nothing is.
  virtual std::string missing() const = 0;
};

// kernels/cuda/vendor/; the emulation has one of its own, which has neither library.
std::unique_ptr<CudaVendor> make_cuda_vendor(const CudaProperties& properties);

}  // namespace hone::kernels
