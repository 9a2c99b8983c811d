// Which of the vendor's libraries are here.
#include "kernels/cuda/vendor.h"

#include "kernels/cuda/vendor/cublaslt.h"
#ifdef HONE_HAS_CUDNN
#include "kernels/cuda/vendor/cudnn_planner.h"
#endif

namespace hone::kernels {
namespace {

#ifndef HONE_HAS_CUDNN
// This build knows no cuDNN: its headers were not there.
struct Cudnn {
  struct {
    bool loaded() const { return false; }
    std::string why_not() const { return "hone was built without its headers"; }
  } library;
  std::string version() const { return ""; }
};
class CudnnDevice {
 public:
  CudnnDevice(const Cudnn&, int) {}
};
std::unique_ptr<ConvPlanner> make_cudnn_planner(CudnnDevice&, Math) { return nullptr; }
#endif

class Vendor : public CudaVendor {
 public:
  explicit Vendor(const CudaProperties& properties) : properties_(properties) {
    if (cudnn_.library.loaded())
      convolutions_ = std::make_unique<CudnnDevice>(cudnn_, properties.ordinal);
  }

  std::unique_ptr<Gemm> new_gemm(Math math) override {
    return lt_.library.loaded() ? make_cublaslt_gemm(lt_, properties_, math) : nullptr;
  }
  std::unique_ptr<ConvPlanner> new_planner(Math math) override {
    return convolutions_ ? make_cudnn_planner(*convolutions_, math) : nullptr;
  }
  bool has_plans() const override { return convolutions_ != nullptr; }
  bool has_tensor_cores() const override { return lt_.library.loaded(); }
  std::string versions() const override {
    return (lt_.library.loaded() ? "cuBLASLt " + lt_.version() : "own products") + ", " +
           (convolutions_ ? "cuDNN " + cudnn_.version() : "im2col");
  }
  std::string missing() const override {
    std::string text;
    if (!lt_.library.loaded())
      text = fmt::format("cuBLASLt is missing ({}), hone's own products stand in",
                         lt_.library.why_not());
    if (!convolutions_)
      text += fmt::format("{}cuDNN is missing ({}), im2col stands in", text.empty() ? "" : "; ",
                          cudnn_.library.why_not());
    return text;
  }

 private:
  CudaProperties properties_;
  CublasLt lt_;
  Cudnn cudnn_;
  std::unique_ptr<CudnnDevice> convolutions_;
};

}  // namespace

std::unique_ptr<CudaVendor> make_cuda_vendor(const CudaProperties& properties) {
  return std::make_unique<Vendor>(properties);
}

}  // namespace hone::kernels
