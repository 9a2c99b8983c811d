// TPE's way from a split history to a value: the best ratio of two densities among a few
// candidates.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/philox.h"
#include "tune/samplers/parzen.h"
#include "tune/samplers/split.h"

namespace hone::tune {

// The best of `count` points drawn from the good density; one value a parameter of the space. A
// trial counts if it has all of them, in range.
std::vector<double> propose(std::span<const NamedDistribution> space, const TrialSplit& split,
                            Bandwidth bandwidth, std::size_t count, PhiloxStream stream);

// The same for one parameter.
double propose_alone(const TrialSplit& split, const NamedDistribution& parameter, std::size_t count,
                     const PhiloxStream& stream);

}  // namespace hone::tune
