// One Philox stream per (study seed, trial number, parameter name): a draw never depends on other
// draws.
#include "tune/samplers/random_sampler.h"

#include <algorithm>
#include <cmath>

#include "kernels/base/philox.h"

namespace hone::tune {
namespace {

// FNV-1a; std::hash may differ between machines, stored studies must not.
std::uint64_t hash_of(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

double draw_float(PhiloxStream& stream, const FloatDistribution& d) {
  if (d.step) {
    const auto steps = static_cast<std::uint64_t>(std::floor((d.high - d.low) / *d.step + 1e-8));
    return std::clamp(d.low + static_cast<double>(stream.below(steps + 1)) * *d.step, d.low,
                      d.high);
  }
  const double u = stream.uniform();
  // Weighted ends instead of low + u * (high - low): the difference may overflow.
  const double value = d.log ? std::exp((1 - u) * std::log(d.low) + u * std::log(d.high))
                             : (1 - u) * d.low + u * d.high;
  return std::clamp(value, d.low, d.high);
}

double draw_int(PhiloxStream& stream, const IntDistribution& d) {
  if (!d.log) {
    const auto steps = static_cast<std::uint64_t>((d.high - d.low) / d.step);
    return static_cast<double>(d.low + static_cast<std::int64_t>(stream.below(steps + 1)) * d.step);
  }
  // Every integer owns the interval of half a unit around it, so both ends get their fair share.
  const double u = stream.uniform();
  const double low = std::log(static_cast<double>(d.low) - 0.5);
  const double high = std::log(static_cast<double>(d.high) + 0.5);
  return std::clamp(std::round(std::exp((1 - u) * low + u * high)), static_cast<double>(d.low),
                    static_cast<double>(d.high));
}

}  // namespace

double RandomSampler::sample(const HistoryView&, const DrawKey& key, const std::string& parameter,
                             const Distribution& distribution) {
  const auto number = static_cast<std::uint64_t>(key.trial_number);
  PhiloxStream stream(mix(mix(key.study_seed, number), hash_of(parameter)));
  if (const auto* d = std::get_if<FloatDistribution>(&distribution)) return draw_float(stream, *d);
  if (const auto* d = std::get_if<IntDistribution>(&distribution)) return draw_int(stream, *d);
  return static_cast<double>(
      stream.below(std::get<CategoricalDistribution>(distribution).choices.size()));
}

}  // namespace hone::tune
