// Uniform draws: the baseline, and the right choice for very many parallel workers.
#pragma once

#include <string>

#include "tune/sampler.h"

namespace hone::tune {

// Draws what TpeSampler draws during start-up with the same key. Has no state; any thread.
class RandomSampler final : public Sampler {
 public:
  std::string name() const override { return "random"; }
  std::string options_json() const override { return "{}"; }
  double sample(const HistoryView& history, const DrawKey& key, const std::string& parameter,
                const Distribution& distribution) override;
};

}  // namespace hone::tune
