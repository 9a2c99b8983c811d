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

// The value that has the share u, 0 <= u < 1, of the range below it. Ranges with more values than a
// double can tell apart are drawn from the stream.
double value_at_share(double u, const Distribution& distribution, PhiloxStream& stream);

// The same distribution over many seeds, but trials 0 .. strata - 1 of a study divide the range
// evenly: in each stratum lies one of them, in an order of the parameter's own.
double draw_stratified(const DrawKey& key, std::string_view parameter,
                       const Distribution& distribution, int strata);

}  // namespace hone::tune
