// The sampler of a study that names none.
#pragma once

#include <memory>

#include "tune/sampler.h"

namespace hone::tune {

std::shared_ptr<Sampler> make_default_sampler();

}  // namespace hone::tune
