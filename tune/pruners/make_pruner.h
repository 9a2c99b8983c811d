// Pruners by name, for command lines and stored studies.
#pragma once

#include <memory>
#include <string>

#include "tune/pruner.h"

namespace hone::tune {

// "median" or "none", with default options. Throws Error(usage) that lists the known names.
std::shared_ptr<Pruner> make_pruner(const std::string& name);

}  // namespace hone::tune
