// What the devices in host memory (ref, cpu) share: the allocator and the copies.
#pragma once

#include <string>

#include "kernels/device.h"

namespace hone::kernels {

class HostDevice : public Device {
 public:
  HostDevice();

 protected:
  void do_upload(void* to, const void* host, std::size_t bytes) override;
  void do_download(void* host, const void* from, std::size_t bytes) override;
};

// "AMD EPYC", from the operating system; "unknown processor" where it does not say.
std::string processor_name();

// What open_device builds; one per backend of this build.
std::shared_ptr<Device> make_ref_device();
std::shared_ptr<Device> make_cpu_device();

}  // namespace hone::kernels
