// Samplers by name, for command lines and stored studies.
#pragma once

#include <memory>
#include <string>

#include "tune/sampler.h"

namespace hone::tune {

// "tpe" or "random", with default options. Throws Error(usage) that lists the known names.
std::shared_ptr<Sampler> make_sampler(const std::string& name);

}  // namespace hone::tune
