// Uniform draws.
#include "tune/samplers/random_sampler.h"

#include "tune/samplers/draw.h"

namespace hone::tune {

double RandomSampler::next(const Plan& plan, std::span<const Parameter>, const std::string& name,
                           const Distribution& distribution) const {
  PhiloxStream stream = draw_stream(plan.key, name);
  return draw_uniform(stream, distribution);
}

}  // namespace hone::tune
