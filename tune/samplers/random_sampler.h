// Independent uniform draws: the baseline every other sampler is compared with.
#pragma once

#include <string>

#include "tune/sampler.h"

namespace hone::tune {

// Uniform on the range, on its logarithm (log), on the grid (step) or on the choices. Keeps no
// state: safe from any number of threads.
class RandomSampler : public Sampler {
 public:
  std::string name() const override { return "random"; }
  std::string options_json() const override { return "{}"; }
  double sample(const HistoryView& history, const DrawKey& key, const std::string& parameter,
                const Distribution& distribution) override;
};

}  // namespace hone::tune
