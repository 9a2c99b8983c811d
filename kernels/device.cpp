// The list of devices of this build.
#include "kernels/device.h"

#include "base/error.h"
#include "kernels/host_device.h"
#include "kernels/plugin.h"

namespace hone {
namespace {

// What "auto" prefers to the processor, best first. They are plugins: a build may lack them.
constexpr const char* kAccelerators[] = {"cuda"};

std::shared_ptr<Device> open_fastest(std::string& note) {
  for (const char* name : kAccelerators) {
    try {
      return open_plugin(name);
    } catch (const Error& error) {
      note += (note.empty() ? "" : "; ") + std::string(error.what());
    }
  }
  return kernels::make_cpu_device();
}

}  // namespace

std::vector<std::string> device_names() { return {"cpu", "ref"}; }

std::shared_ptr<Device> open_device(const std::string& name, std::string* note) {
  std::string unsaid;
  std::string& said = note == nullptr ? unsaid : *note;
  said.clear();
  if (name == "auto") return open_fastest(said);
  if (name == "cpu") return kernels::make_cpu_device();
  if (name == "ref") return kernels::make_ref_device();
  return open_plugin(name);
}

Math math_named(const std::string& name) {
  for (const Math math : {Math::fp32, Math::tf32, Math::bf16})
    if (name == name_of(math)) return math;
  fail(ErrorKind::usage, "math: '{}' is not known; known are fp32, tf32, bf16", printable(name));
}

std::string Device::refusal(Math math) const {
  if (math == Math::fp32) return "";
  return fmt::format("the device '{}' computes in fp32 alone", name());
}

std::shared_ptr<Pool> Device::new_pool() const {
  auto pool = std::make_shared<Pool>(memory_, pool_);
  pool->set_poison(pool_->poison());
  return pool;
}

}  // namespace hone
