// The device "emulated": the whole CUDA backend, host and device code, over the emulation, with
// products of its own. A test tool: only who names it gets it.
#include "kernels/plugin.h"

#include "kernels/cuda/cuda_device.h"
#include "kernels/cuda/vendor.h"

namespace hone::kernels {
namespace {

class NoVendor : public CudaVendor {
 public:
  std::unique_ptr<Gemm> new_gemm(Math) override { return nullptr; }
  std::unique_ptr<ConvPlanner> new_planner(Math) override { return nullptr; }
  bool has_tensor_cores() const override { return false; }
  std::string versions() const override { return "own products"; }
  std::string missing() const override { return ""; }
};

}  // namespace

std::unique_ptr<CudaVendor> make_cuda_vendor(const CudaProperties&) {
  return std::make_unique<NoVendor>();
}

}  // namespace hone::kernels

extern "C" const hone::DevicePlugin* hone_device_plugin() {
  static const hone::DevicePlugin plugin{.name = "emulated",
                                         .available = hone::kernels::cuda_available,
                                         .make = [](int number) -> std::shared_ptr<hone::Device> {
                                           return std::make_shared<hone::kernels::CudaDevice>(
                                               "emulated", number);
                                         }};
  return &plugin;
}
