// The device "cuda" as a plugin (kernels/plugin.h).
#include "kernels/plugin.h"

#include "kernels/cuda/cuda_device.h"

extern "C" const hone::DevicePlugin* hone_device_plugin() {
  static const hone::DevicePlugin plugin{.name = "cuda",
                                         .available = hone::kernels::cuda_available,
                                         .make = [](int number) -> std::shared_ptr<hone::Device> {
                                           return std::make_shared<hone::kernels::CudaDevice>(
                                               "cuda", number);
                                         }};
  return &plugin;
}
