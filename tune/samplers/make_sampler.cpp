// Samplers by name.
#include "tune/samplers/make_sampler.h"

#include "base/error.h"
#include "tune/samplers/random_sampler.h"
#include "tune/samplers/tpe_sampler.h"

namespace hone::tune {

std::shared_ptr<Sampler> make_sampler(const std::string& name) {
  if (name == "tpe") return std::make_shared<TpeSampler>();
  if (name == "random") return std::make_shared<RandomSampler>();
  fail(ErrorKind::usage, "unknown sampler \"{}\"; choose one of: tpe, random", printable(name));
}

}  // namespace hone::tune
