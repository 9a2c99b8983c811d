// Plugins: found, loaded once, and refused with words that say what to do.
#include "kernels/plugin.h"

#include <doctest/doctest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/error.h"

using namespace hone;

namespace {

// HONE_PLUGIN_PATH for the life of the object.
class PluginPath {
 public:
  explicit PluginPath(const std::string& path) { ::setenv("HONE_PLUGIN_PATH", path.c_str(), 1); }
  PluginPath(const PluginPath&) = delete;
  PluginPath& operator=(const PluginPath&) = delete;
  ~PluginPath() { ::unsetenv("HONE_PLUGIN_PATH"); }
};

// The message of open_device(name), which must be an error of the device.
std::string refusal(const std::string& name) {
  try {
    open_device(name);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::device);
    return error.what();
  }
  return "was opened";
}

bool holds(const std::string& text, const std::string& part) {
  const bool found = text.find(part) != std::string::npos;
  CHECK_MESSAGE(found, "'" << part << "' in: " << text);
  return found;
}

}  // namespace

TEST_CASE("null is a plugin beside the library: its verbs are recorded and do nothing") {
  const auto device = open_device("null");
  CHECK(device->name() == "null");
  const auto backend = device->new_backend();
  const auto memory = device->pool()->allocate(4 * sizeof(float));
  const View view{memory->data(), Shape{4}, DType::f32};
  const float before[4] = {1, 2, 3, 4};
  float after[4] = {};
  backend->upload(view, before);
  backend->begin_recording();
  backend->run(verb::Fill{.y = view, .value = 9});
  const auto recording = backend->end_recording();
  recording->replay();
  backend->download(after, view);
  CHECK(std::equal(before, before + 4, after));
  CHECK(recording->str() == "fill y [4]\n");
  CHECK(open_device("null") != nullptr);
}

TEST_CASE("a plugin that is missing is named with the folders that were searched") {
  const PluginPath path("/nowhere/one::/nowhere/two");
  const std::string text = refusal("abacus");
  CHECK(holds(text, "'abacus' is not known; known devices: cpu, ref, auto"));
  CHECK(holds(text, "no plugin libhone_abacus.so in /nowhere/one, /nowhere/two, /"));
  // What cannot be a plugin's name never reaches the file system.
  CHECK(refusal("../abacus").find("plugin") == std::string::npos);
  CHECK(refusal("").find("plugin") == std::string::npos);
}

TEST_CASE(
    "a plugin of another build, another name, or without a device is refused with its reason") {
  const PluginPath path(HONE_TEST_PLUGINS);
  CHECK(holds(refusal("old"), "was built for another version of hone"));
  CHECK(holds(refusal("misnamed"), "calls itself 'other', not 'misnamed'"));
  CHECK(holds(refusal("absent"), "'absent' is not available here: no such card is plugged in"));
  CHECK(holds(refusal("throwing"), "the card is on fire"));
  CHECK(holds(refusal("empty"), "made no device"));
  CHECK(holds(refusal("kernels"), "has no function hone_device_plugin"));
}

TEST_CASE("a device of a plugin is picked by its number") {
  const PluginPath path(HONE_TEST_PLUGINS);
  CHECK(open_device("deferred:0")->name() == "deferred");
  CHECK(holds(refusal("null:1"), "'null:1' is not available here: there is one null device, 0"));
  for (const std::string name : {"null:", "null:x", "null:1x", "null:-1", "null: 1"})
    CHECK(holds(refusal(name), "after ':' goes the number of the device, such as null:1"));
}

namespace {

struct First {
  static constexpr const char* kName = "toy";
  View y;
  ConstView a, b;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("a", v.a);
    use("b", v.b);
  }
};

// The same members, two of them in another order.
struct Swapped {
  static constexpr const char* kName = "toy";
  View y;
  ConstView b, a;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("a", v.a);
    use("b", v.b);
  }
};

struct Optional {
  static constexpr const char* kName = "toy";
  View y;
  ConstView a, b;
  static void views(auto& v, auto use) {
    use("y", v.y);
    use("a", v.a);
    use("b", v.b, kMayBeEmpty);
  }
};

}  // namespace

TEST_CASE("the number of the interface sees the order of a verb's views and which may be missing") {
  const auto digest = []<class V>(V) { return detail::verbs_digest(1, VerbList<V>{}); };
  CHECK(digest(First{}) == digest(First{}));
  CHECK(digest(First{}) != digest(Swapped{}));
  CHECK(digest(First{}) != digest(Optional{}));
}

TEST_CASE("auto takes the processor where no GPU is usable, and says why in one line") {
  std::string note = "old";
  CHECK(open_device("cpu", &note)->name() == "cpu");
  CHECK(note.empty());
  const PluginPath path("/nowhere");
  const auto device = open_device("auto", &note);
  if (device->name() == "cpu") {
    CHECK(note.starts_with("device: 'cuda' is not "));
    CHECK(note.find('\n') == std::string::npos);
  } else {
    CHECK(device->name() == "cuda");
    CHECK(note.empty());
  }
}

TEST_CASE("a precision that a device has not is refused with the reason") {
  for (const std::string name : {"ref", "cpu", "null"})
    for (const Math math : {Math::tf32, Math::bf16}) {
      try {
        open_device(name)->new_backend({.math = math});
        FAIL_CHECK(name << " took " << name_of(math));
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::usage);
        CHECK(holds(error.what(), fmt::format("math {} is refused: the device '{}' computes in "
                                              "fp32 alone",
                                              name_of(math), name)));
      }
    }
  CHECK(math_named("bf16") == Math::bf16);
  CHECK_THROWS_AS(math_named("fp16"), Error);
}

TEST_CASE("a file that is no library is refused with the loader's words") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("hone_plugin_test_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "libhone_garbled.so") << "not a library";
  {
    const PluginPath path(folder.string());
    const std::string text = refusal("garbled");
    CHECK(holds(text, (folder / "libhone_garbled.so").string() + " cannot be loaded: "));
  }
  std::filesystem::remove_all(folder);
}
