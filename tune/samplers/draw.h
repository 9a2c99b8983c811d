// Random draws of samplers: which stream a draw reads, and the uniform draw that start-up trials
// use.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/philox.h"
#include "tune/distribution.h"
#include "tune/sampler.h"

namespace hone::tune {

// FNV-1a, 64 bit: the hash of a parameter's name. Fixed for ever, because stored studies are drawn
// again.
std::uint64_t name_hash(std::string_view name);

// The stream of random numbers for one parameter of one trial, and the one for all joint draws of a
// trial.
PhiloxStream draw_stream(const DrawKey& key, std::string_view parameter);
PhiloxStream joint_draw_stream(const DrawKey& key);

// A value drawn uniformly: over the range, over its logarithm, over the grid or over the choices.
double draw_uniform(PhiloxStream& stream, const Distribution& distribution);

}  // namespace hone::tune
