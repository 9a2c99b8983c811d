// The plugin "emulated" can be opened while one is alive.
#pragma once

#include <cstdlib>

namespace hone::test {

class EmulatedDevice {
 public:
  EmulatedDevice() { ::setenv("HONE_PLUGIN_PATH", HONE_TEST_PLUGINS, 1); }
  EmulatedDevice(const EmulatedDevice&) = delete;
  EmulatedDevice& operator=(const EmulatedDevice&) = delete;
  ~EmulatedDevice() { ::unsetenv("HONE_PLUGIN_PATH"); }
};

}  // namespace hone::test
