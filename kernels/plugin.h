// A device in a library of its own, which is found by its name and loaded when it is asked for.
//
// open_device("name") looks for libhone_name.so in the folders of the environment's
// HONE_PLUGIN_PATH (separated by ':'), then beside hone's own libraries. The library exports one
// symbol:
//
//   extern "C" const hone::DevicePlugin* hone_device_plugin() {
//     static const hone::DevicePlugin plugin{.name = "name", .available = ..., .make = ...};
//     return &plugin;
//   }
//
// It is never unloaded.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/version.h"
#include "kernels/backend.h"

namespace hone {
namespace detail {

constexpr std::uint64_t mixed(std::uint64_t digest, std::uint64_t value) {
  return (digest ^ value) * 0x100000001b3ull;  // FNV-1a
}

constexpr std::uint64_t mixed_text(std::uint64_t digest, const char* text) {
  for (; *text != 0; ++text) digest = mixed(digest, static_cast<unsigned char>(*text));
  return mixed(digest, 0);
}

template <class... V>
constexpr std::uint64_t verbs_digest(std::uint64_t digest, VerbList<V...>) {
  ((digest = mixed(mixed_text(digest, V::kName), sizeof(V))), ...);
  return digest;
}

constexpr std::uint64_t plugin_abi() {
  std::uint64_t digest = mixed_text(0xcbf29ce484222325ull, kVersion);
  digest = verbs_digest(digest, Verbs{});
  for (const std::size_t size : {sizeof(View), sizeof(Shape), sizeof(Backend), sizeof(Device),
                                 sizeof(Pool), sizeof(Workspace), sizeof(Recording)})
    digest = mixed(digest, size);
  return digest;
}

}  // namespace detail

// A digest of the version, the verbs with their names and sizes, and the layouts that a plugin
// shares with the library. A plugin with another number is refused.
inline constexpr std::uint64_t kPluginAbi = detail::plugin_abi();

struct DevicePlugin {
  std::uint64_t abi = kPluginAbi;  // read before anything else
  const char* name = "";           // what open_device takes: lower-case letters, digits and '_'
  // Whether this machine has such a device; if not, `why` says so in words.
  bool (*available)(std::string& why) = nullptr;
  // The device; an hone::Error of its own goes to the caller of open_device.
  std::shared_ptr<Device> (*make)() = nullptr;
};

// The device of the plugin `name`. Throws Error(device) that says what is missing or wrong, and
// where it was looked for.
std::shared_ptr<Device> open_plugin(const std::string& name);

}  // namespace hone
