// A low-discrepancy walk: trial n stands n golden turns behind the start.
#include "tests/docs/golden_sampler.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tune/samplers/draw.h"

namespace hone::tune {

GoldenSampler::GoldenSampler(const GoldenOptions& options) : options_(options) {
  check_options(kName, options_.list());
}

std::string GoldenSampler::options_json() const {
  GoldenOptions options = options_;
  return tune::options_json(options.list());
}

double GoldenSampler::next(const Plan& plan, std::span<const Parameter>, const std::string& name,
                           const Distribution& distribution) const {
  const auto* range = std::get_if<FloatDistribution>(&distribution);
  PhiloxStream stream = draw_stream(plan.key, name);
  if (range == nullptr || range->log || range->step) return draw_uniform(stream, distribution);
  const double turns = options_.start + plan.key.trial_number * (std::numbers::phi - 1);
  const double share = turns - std::floor(turns);
  return std::clamp((1 - share) * range->low + share * range->high, range->low, range->high);
}

}  // namespace hone::tune
