// The sampler that a study uses when none is named.
#pragma once

#include <memory>

#include "tune/sampler.h"

namespace hone::tune {

std::shared_ptr<Sampler> make_default_sampler();

}  // namespace hone::tune
