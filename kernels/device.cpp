// The list of devices of this build.
#include "kernels/device.h"

#include "base/error.h"
#include "kernels/backend.h"
#include "kernels/host_device.h"

namespace hone {

std::vector<std::string> device_names() { return {"cpu", "ref"}; }

std::shared_ptr<Device> open_device(const std::string& name) {
  if (name == "cpu" || name == "auto") return kernels::make_cpu_device();
  if (name == "ref") return kernels::make_ref_device();
  std::string known;
  for (const std::string& each : device_names()) known += each + ", ";
  known += "auto";
  if (name == "cuda")
    fail(ErrorKind::device, "device: this build has no CUDA backend; known devices: {}", known);
  fail(ErrorKind::device, "device: '{}' is not known; known devices: {}", printable(name), known);
}

}  // namespace hone
