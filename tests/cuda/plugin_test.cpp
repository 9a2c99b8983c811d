// The plugin as it is built: opened where there is a GPU, refused with the reason where there is
// none.
#include "kernels/plugin.h"

#include <doctest/doctest.h>

#include "base/error.h"

using namespace hone;

TEST_CASE("the plugin loads without driver and device, and says what is missing") {
  std::string note;
  const auto automatic = open_device("auto", &note);
  try {
    const auto device = open_device("cuda");
    CHECK(device->name() == "cuda");
    CHECK(automatic->name() == "cuda");
    CHECK(note.empty());
    CHECK(device->refusal(Math::fp32).empty());
  } catch (const Error& error) {
    const std::string text = error.what();
    CHECK(error.kind() == ErrorKind::device);
    CHECK(error.exit_code() == 5);
    CHECK(text.starts_with("device: 'cuda' is not available here: "));
    CHECK(text.find("driver") != std::string::npos);
    CHECK(automatic->name() == "cpu");
    CHECK(note == text);
  }
}

TEST_CASE("a GPU beyond the last one is refused") {
  try {
    open_device("cuda:4096");
    FAIL_CHECK("there is no such device");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::device);
    CHECK(std::string(error.what()).starts_with("device: 'cuda:4096' is not available here: "));
  }
}
