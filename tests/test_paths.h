// Where the sources and the goldens lie, for tests that read them.
#pragma once

#include <string>

namespace hone::test {

std::string source_dir();
std::string goldens_dir();

}  // namespace hone::test
