// The one place that says what the default sampler is.
#include "tune/samplers/default_sampler.h"

#include "tune/samplers/random_sampler.h"

namespace hone::tune {

std::shared_ptr<Sampler> make_default_sampler() { return std::make_shared<RandomSampler>(); }

}  // namespace hone::tune
