// The device "null": every verb does nothing. What a program still takes on it is the framework's
// own cost. It is the smallest backend there is, and a plugin (kernels/plugin.h).
#include "kernels/host_device.h"
#include "kernels/plugin.h"

namespace hone::kernels {
namespace {

class NullBackend : public Implements<NullBackend> {
 public:
  using Implements::Implements;
  template <class V>
  void implement(const V&) {}
};

class NullDevice : public HostDevice {
 public:
  std::string name() const override { return "null"; }
  std::string description() const override { return "null, computes nothing"; }
  std::string fingerprint() const override { return fmt::format("hone {}, null", kVersion); }
  bool supports_f64() const override { return true; }
  std::unique_ptr<Backend> new_backend(const BackendOptions& options) override {
    return std::make_unique<NullBackend>(shared_from_this(), options);
  }
};

bool available(int number, std::string& why) {
  if (number > 0) why = "there is one null device, 0";
  return number == 0;
}

}  // namespace
}  // namespace hone::kernels

extern "C" const hone::DevicePlugin* hone_device_plugin() {
  static const hone::DevicePlugin plugin{.name = "null",
                                         .available = hone::kernels::available,
                                         .make = [](int) -> std::shared_ptr<hone::Device> {
                                           return std::make_shared<hone::kernels::NullDevice>();
                                         }};
  return &plugin;
}
