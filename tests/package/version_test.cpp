// The version has two homes, a header and CMakeLists.txt: they agree.
#include <doctest/doctest.h>

#include <string>

#include "base/version.h"

TEST_CASE("the version in the header is the version of the CMake project") {
  CHECK(std::string(hone::kVersion) == HONE_PROJECT_VERSION);
}
