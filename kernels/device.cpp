// The list of devices of this build.
#include "kernels/device.h"

#include "kernels/host_device.h"
#include "kernels/plugin.h"

namespace hone {

std::vector<std::string> device_names() { return {"cpu", "ref"}; }

std::shared_ptr<Device> open_device(const std::string& name) {
  if (name == "cpu" || name == "auto") return kernels::make_cpu_device();
  if (name == "ref") return kernels::make_ref_device();
  return open_plugin(name);
}

std::shared_ptr<Pool> Device::new_pool() const {
  auto pool = std::make_shared<Pool>(memory_, pool_);
  pool->set_poison(pool_->poison());
  return pool;
}

}  // namespace hone
