// Samplers by name.
#include "tune/samplers/make_sampler.h"

#include "tune/samplers/random_sampler.h"
#include "tune/samplers/tpe_sampler.h"

namespace hone::tune {

const std::vector<Kind<Sampler>>& sampler_kinds() {
  static const std::vector<Kind<Sampler>> kKinds = {
      kind_of<Sampler, TpeSampler>(),
      kind_of<Sampler, RandomSampler>(),
  };
  return kKinds;
}

std::shared_ptr<const Sampler> make_sampler(const std::string& name,
                                            const std::string& options_json) {
  return make_kind(sampler_kinds(), "sampler", name, options_json);
}

std::shared_ptr<const Sampler> make_default_sampler() { return sampler_kinds().front().make("{}"); }

}  // namespace hone::tune
