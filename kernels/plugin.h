// A device in a library of its own, which is found by its name and loaded when it is asked for.
//
// open_device("name") and open_device("name:2") look for libhone_name.so in the folders of the
// environment's HONE_PLUGIN_PATH (separated by ':'), then beside hone's own libraries. The library
// exports one symbol:
//
//   extern "C" const hone::DevicePlugin* hone_device_plugin() {
//     static const hone::DevicePlugin plugin{.name = "name", .available = ..., .make = ...};
//     return &plugin;
//   }
//
// It is never unloaded. docs/add-a-backend.md builds one outside of this tree.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/version.h"
#include "kernels/backend.h"

namespace hone {
namespace detail {

// All of this is static: each library must have its own copy, or the loader would give a plugin
// that of the program that loads it.

static constexpr std::uint64_t mixed(std::uint64_t digest, std::uint64_t value) {
  return (digest ^ value) * 0x100000001b3ull;  // FNV-1a
}

static constexpr std::uint64_t mixed_text(std::uint64_t digest, const char* text) {
  for (; *text != 0; ++text) digest = mixed(digest, static_cast<unsigned char>(*text));
  return mixed(digest, 0);
}

// Its name, its size, and the name, the kind and the place of each of its views.
template <class V>
static std::uint64_t verb_digest(std::uint64_t digest) {
  const V verb{};
  digest = mixed(mixed_text(digest, V::kName), sizeof(V));
  V::views(verb, [&](const char* name, const auto& view, Given given = Given::always) {
    const auto* first = reinterpret_cast<const char*>(&verb);
    const auto place = reinterpret_cast<const char*>(&view) - first;
    digest = mixed(mixed_text(digest, name), static_cast<std::uint64_t>(place));
    const bool is_written = std::is_same_v<decltype(view), const View&>;
    digest = mixed(digest, static_cast<std::uint64_t>(is_written));
    digest = mixed(digest, static_cast<std::uint64_t>(given));
  });
  return digest;
}

template <class... V>
static std::uint64_t verbs_digest(std::uint64_t digest, VerbList<V...>) {
  ((digest = verb_digest<V>(digest)), ...);
  return digest;
}

}  // namespace detail

// A digest of the version, the verbs (names, sizes, views in their order) and the sizes of what a
// plugin shares with the library. A plugin with another number is refused. It does not see two
// parameters of one size that have changed places: then the version has to change.
[[maybe_unused]] static std::uint64_t plugin_abi() {
  std::uint64_t digest = detail::mixed_text(0xcbf29ce484222325ull, kVersion);
  digest = detail::verbs_digest(digest, Verbs{});
  for (const std::size_t size :
       {sizeof(View), sizeof(Shape), sizeof(Backend), sizeof(Device), sizeof(Pool),
        sizeof(Workspace), sizeof(Recording), sizeof(BackendOptions)})
    digest = detail::mixed(digest, size);
  return digest;
}

struct DevicePlugin {
  std::uint64_t abi = plugin_abi();  // read before anything else
  const char* name = "";             // lower-case letters, digits and '_'
  // Whether this machine has such a device number `number`, counted from 0; if not, `why` says so
  // in words.
  bool (*available)(int number, std::string& why) = nullptr;
  // The device; an hone::Error of its own goes to the caller of open_device.
  std::shared_ptr<Device> (*make)(int number) = nullptr;
};

// The device of a plugin, "name" or "name:number". Throws Error(device) that says what is missing
// or wrong, and where it was looked for.
std::shared_ptr<Device> open_plugin(const std::string& name);

}  // namespace hone
