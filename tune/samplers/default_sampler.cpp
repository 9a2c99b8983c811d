// TPE with its default options.
#include "tune/samplers/default_sampler.h"

#include "tune/samplers/tpe_sampler.h"

namespace hone::tune {

std::shared_ptr<Sampler> make_default_sampler() { return std::make_shared<TpeSampler>(); }

}  // namespace hone::tune
