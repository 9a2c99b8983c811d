// The plugin "emulated" can be opened while one is alive. HONE_TEST_EMULATED: the folder of another
// build of it.
#pragma once

#include <cstdlib>

namespace hone::test {

class EmulatedDevice {
 public:
  EmulatedDevice() {
    const char* other = std::getenv("HONE_TEST_EMULATED");
    ::setenv("HONE_PLUGIN_PATH", other != nullptr ? other : HONE_TEST_PLUGINS, 1);
  }
  EmulatedDevice(const EmulatedDevice&) = delete;
  EmulatedDevice& operator=(const EmulatedDevice&) = delete;
  ~EmulatedDevice() { ::unsetenv("HONE_PLUGIN_PATH"); }
};

}  // namespace hone::test
