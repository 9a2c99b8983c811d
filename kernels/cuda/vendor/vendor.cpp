// Which of the vendor's libraries are here.
#include "kernels/cuda/vendor.h"

namespace hone::kernels {
namespace {

class NoVendor : public CudaVendor {
 public:
  std::unique_ptr<Gemm> new_gemm(Math) override { return nullptr; }
  std::unique_ptr<ConvPlanner> new_planner(Math) override { return nullptr; }
  bool has_tensor_cores() const override { return false; }
  std::string versions() const override { return "own products, im2col"; }
  std::string missing() const override { return ""; }
};

}  // namespace

std::unique_ptr<CudaVendor> make_cuda_vendor(const CudaProperties&) {
  return std::make_unique<NoVendor>();
}

}  // namespace hone::kernels
