// main() of every test program, and the one place that knows where the tree is: a path compiled
// into each test would keep a compiler cache from sharing it between checkouts.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "tests/test_paths.h"

namespace hone::test {

std::string source_dir() { return HONE_SOURCE_DIR; }
std::string goldens_dir() { return source_dir() + "/tests/goldens"; }

}  // namespace hone::test
