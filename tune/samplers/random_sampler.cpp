// Uniform draws.
#include "tune/samplers/random_sampler.h"

#include "tune/samplers/draw.h"

namespace hone::tune {

double RandomSampler::sample(const HistoryView&, const DrawKey& key, const std::string& parameter,
                             const Distribution& distribution) const {
  PhiloxStream stream = draw_stream(key, parameter);
  return draw_uniform(stream, distribution);
}

}  // namespace hone::tune
