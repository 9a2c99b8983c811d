// The CPU device: what the processor and the BLAS library are.
#include "base/version.h"
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/gemm.h"
#include "kernels/host_device.h"

namespace hone::kernels {
namespace {

class CpuDevice : public HostDevice {
 public:
  CpuDevice() : simd_(choose_simd()) { prepare_blas(); }

  std::string name() const override { return "cpu"; }
  std::string description() const override {
    return fmt::format("{}, {}, OpenBLAS {}", processor_name(), simd_.name, blas_core());
  }
  std::string fingerprint() const override {
    return fmt::format("hone {}, cpu {}, OpenBLAS {}", kVersion, simd_.name, blas_core());
  }
  std::vector<std::string> conv2d_algorithms() const override { return conv2d_names(); }
  std::unique_ptr<Backend> new_backend(const BackendOptions& options) override {
    return std::make_unique<CpuBackend>(shared_from_this(), options, simd_);
  }

 private:
  const SimdTable& simd_;
};

}  // namespace

std::shared_ptr<Device> make_cpu_device() { return std::make_shared<CpuDevice>(); }

CpuBackend::CpuBackend(std::shared_ptr<Device> device, const BackendOptions& options,
                       const SimdTable& simd)
    : Implements(std::move(device), options),
      simd_(simd),
      forced_conv2d_(forced_conv2d(options.conv2d)),
      conv2d_(choose_conv2d(forced_conv2d_)) {}

std::string CpuBackend::fingerprint() const {
  return device().fingerprint() + (forced_conv2d_.empty() ? "" : ", conv2d " + forced_conv2d_);
}

}  // namespace hone::kernels
