// Finding and loading plugins.
#include "kernels/plugin.h"

#include <dlfcn.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

using Entry = const DevicePlugin* (*)();

constexpr char kEntry[] = "hone_device_plugin";

// Where this library lies.
fs::path own_folder() {
  Dl_info info{};
  const auto here = reinterpret_cast<const void*>(&open_plugin);
  if (dladdr(here, &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code ignored;
  const fs::path file = fs::weakly_canonical(info.dli_fname, ignored);
  return file.parent_path();
}

std::vector<fs::path> plugin_folders() {
  std::vector<fs::path> folders;
  const char* path = std::getenv("HONE_PLUGIN_PATH");
  std::string rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (end > 0) folders.emplace_back(rest.substr(0, end));
    rest.erase(0, end + 1);
  }
  if (const fs::path own = own_folder(); !own.empty()) folders.push_back(own);
  return folders;
}

bool is_name(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), fits);
}

// "cuda:1" is device 1 of the plugin "cuda", "cuda" its device 0.
struct PluginDevice {
  std::string plugin;
  int number = 0;
};

PluginDevice parsed(const std::string& name) {
  const std::size_t colon = name.find(':');
  if (colon == std::string::npos) return {name};
  PluginDevice device{name.substr(0, colon)};
  const char* end = name.data() + name.size();
  const auto read = std::from_chars(name.data() + colon + 1, end, device.number);
  if (read.ec != std::errc() || read.ptr != end || device.number < 0)
    fail(ErrorKind::device, "device: '{}': after ':' goes the number of the device, such as {}:1",
         printable(name), printable(device.plugin));
  return device;
}

// The first file of that name in the folders.
fs::path find_plugin(const std::string& name) {
  const std::string file = "libhone_" + name + ".so";
  std::string looked;
  if (is_name(name)) {
    for (const fs::path& folder : plugin_folders()) {
      std::error_code ignored;
      if (fs::is_regular_file(folder / file, ignored)) return folder / file;
      looked += (looked.empty() ? "" : ", ") + printable(folder.string());
    }
  }
  std::string known;
  for (const std::string& each : device_names()) known += each + ", ";
  const std::string reason =
      looked.empty() ? "" : fmt::format(", and there is no plugin {} in {}", file, looked);
  fail(ErrorKind::device, "device: '{}' is not known; known devices: {}auto{}", printable(name),
       known, reason);
}

const DevicePlugin& load_plugin(const fs::path& file, const std::string& name) {
  const std::string where = printable(file.string());
  // Never closed: its devices, and what they made, may live until the end of the process.
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    const char* why = dlerror();
    fail(ErrorKind::device, "device: the plugin {} cannot be loaded: {}", where,
         printable(why == nullptr ? "no reason given" : why));
  }
  const auto entry = reinterpret_cast<Entry>(dlsym(library, kEntry));
  if (entry == nullptr)
    fail(ErrorKind::device, "device: {} is no plugin of hone: it has no function {}", where,
         kEntry);
  const DevicePlugin* plugin = entry();
  if (plugin == nullptr || plugin->abi != plugin_abi())
    fail(ErrorKind::device,
         "device: the plugin {} was built for another version of hone (interface {:016x}, this one "
         "has {:016x}); build it again with these headers",
         where, plugin == nullptr ? 0 : plugin->abi, plugin_abi());
  if (plugin->name == nullptr || plugin->name != name || plugin->available == nullptr ||
      plugin->make == nullptr)
    fail(ErrorKind::device, "device: the plugin {} calls itself '{}', not '{}', or is incomplete",
         where, printable(plugin->name == nullptr ? "" : plugin->name), name);
  return *plugin;
}

}  // namespace

std::shared_ptr<Device> open_plugin(const std::string& name) {
  const PluginDevice asked = parsed(name);
  const fs::path file = find_plugin(asked.plugin);
  const DevicePlugin& plugin = load_plugin(file, asked.plugin);
  std::string why;
  if (!plugin.available(asked.number, why))
    fail(ErrorKind::device, "device: '{}' is not available here: {}", name, printable(why));
  std::shared_ptr<Device> device = plugin.make(asked.number);
  if (device == nullptr)
    fail(ErrorKind::device, "device: the plugin {} made no device", printable(file.string()));
  return device;
}

}  // namespace hone
