// Plugins that open_device must refuse, each built from this file under the name of its fault.
#include <string_view>

#include "base/error.h"
#include "kernels/plugin.h"

namespace {

constexpr std::string_view kFault = HONE_BROKEN;

bool available(int, std::string& why) {
  if (kFault == "absent") why = "no such card is plugged in";
  return kFault != "absent";
}

std::shared_ptr<hone::Device> make(int) {
  if (kFault == "throwing") hone::fail(hone::ErrorKind::device, "the card is on fire");
  return nullptr;
}

}  // namespace

extern "C" const hone::DevicePlugin* hone_device_plugin() {
  static const hone::DevicePlugin plugin{
      .abi = kFault == "old" ? hone::plugin_abi() + 1 : hone::plugin_abi(),
      .name = kFault == "misnamed" ? "other" : HONE_BROKEN,
      .available = available,
      .make = make};
  return &plugin;
}
