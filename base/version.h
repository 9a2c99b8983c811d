// The version of hone; CMakeLists.txt carries the same number and a test compares them.
#pragma once

namespace hone {
inline constexpr const char* kVersion = "0.1.0";
}
