// The device of the reference backend.
#include "base/version.h"
#include "kernels/host_device.h"
#include "kernels/ref/ref_backend.h"

namespace hone::kernels {
namespace {

class RefDevice : public HostDevice {
 public:
  std::string name() const override { return "ref"; }
  std::string description() const override {
    return fmt::format("{}, plain loops on one thread (reference)", processor_name());
  }
  std::string fingerprint() const override { return fmt::format("hone {}, ref", kVersion); }
  bool supports_f64() const override { return true; }

  std::unique_ptr<Backend> new_backend(const BackendOptions& options) override {
    check(options.conv2d.empty() || options.conv2d == "plain",
          "backend: convolution algorithm '{}' is not known to ref; known: plain",
          printable(options.conv2d));
    return std::make_unique<RefBackend>(shared_from_this(), options);
  }
};

}  // namespace

std::shared_ptr<Device> make_ref_device() { return std::make_shared<RefDevice>(); }

}  // namespace hone::kernels
