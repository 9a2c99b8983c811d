// Samplers by name.
#include "tune/samplers/make_sampler.h"

#include "tune/samplers/auto_sampler.h"
#include "tune/samplers/cma_es_sampler.h"
#include "tune/samplers/exhaustive_sampler.h"
#include "tune/samplers/gp_sampler.h"
#include "tune/samplers/nsga_ii_sampler.h"
#include "tune/samplers/qmc_sampler.h"
#include "tune/samplers/random_sampler.h"
#include "tune/samplers/tpe_sampler.h"

namespace hone::tune {

const std::vector<Kind<Sampler>>& sampler_kinds() {
  static const std::vector<Kind<Sampler>> kKinds = {
      kind_of<Sampler, AutoSampler>(),   kind_of<Sampler, TpeSampler>(),
      kind_of<Sampler, GpSampler>(),     kind_of<Sampler, QmcSampler>(),
      kind_of<Sampler, GridSampler>(),   kind_of<Sampler, BruteForceSampler>(),
      kind_of<Sampler, CmaEsSampler>(),  kind_of<Sampler, NsgaIiSampler>(),
      kind_of<Sampler, RandomSampler>(),
  };
  return kKinds;
}

std::shared_ptr<const Sampler> make_sampler(const std::string& name,
                                            const std::string& options_json) {
  return make_kind(sampler_kinds(), "sampler", name, options_json);
}

std::string samplers_for_several() {
  std::string names;
  for (const Kind<Sampler>& kind : sampler_kinds())
    if (kind.make("{}")->several_objectives()) names += (names.empty() ? "" : ", ") + kind.name;
  return names;
}

std::shared_ptr<const Sampler> make_default_sampler() { return sampler_kinds().front().make("{}"); }

}  // namespace hone::tune
