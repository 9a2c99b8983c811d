// Uniform draws: the baseline, and the right choice for very many parallel workers.
#pragma once

#include <string>

#include "tune/option.h"
#include "tune/sampler.h"

namespace hone::tune {

struct RandomOptions {
  OptionList list() { return {}; }
};

// Draws what TpeSampler draws during start-up with the same key. Has no state; any thread.
class RandomSampler : public Sampler {
 public:
  static constexpr const char* kName = "random";
  static constexpr const char* kSummary = "uniform draws, whatever the history says";
  using Options = RandomOptions;

  RandomSampler() = default;
  explicit RandomSampler(const RandomOptions&) {}
  std::string name() const override { return kName; }
  std::string options_json() const override { return "{}"; }
  bool several_objectives() const override { return true; }
  bool sees_planned_points() const override { return false; }
  double next(const Plan& plan, std::span<const Parameter> chosen, const std::string& name,
              const Distribution& distribution) const override;
};

}  // namespace hone::tune
