// Streams and uniform draws.
#include "tune/samplers/draw.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/error.h"
#include "tune/samplers/domain.h"

namespace hone::tune {
namespace {

std::uint64_t trial_key(const DrawKey& key) {
  return mix(key.study_seed,
             static_cast<std::uint64_t>(static_cast<std::int64_t>(key.trial_number)));
}

// Whole numbers are drawn as such: a double would skip values of ranges beyond 2^53.
double draw_integer(PhiloxStream& stream, const IntDistribution& range) {
  const std::uint64_t low = static_cast<std::uint64_t>(range.low);
  const std::uint64_t span = static_cast<std::uint64_t>(range.high) - low;
  const std::uint64_t step = static_cast<std::uint64_t>(range.step);
  const std::uint64_t cells = span / step + 1;  // 0 after overflow: all 2^64 values
  const std::uint64_t index = cells == 0 ? stream.next_u64() : stream.below(cells);
  return static_cast<double>(static_cast<std::int64_t>(low + index * step));
}

}  // namespace

std::uint64_t name_hash(std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325ull;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ull;
  return hash;
}

PhiloxStream draw_stream(const DrawKey& key, std::string_view parameter) {
  return PhiloxStream(mix(trial_key(key), name_hash(parameter)), 0);
}

PhiloxStream joint_draw_stream(const DrawKey& key) { return PhiloxStream(trial_key(key), 1); }

double value_at_share(double u, const Distribution& distribution, PhiloxStream& stream) {
  const auto* integers = std::get_if<IntDistribution>(&distribution);
  if (integers != nullptr && !integers->log &&
      static_cast<double>(integers->high) - static_cast<double>(integers->low) > 1e15)
    return draw_integer(stream, *integers);
  if (const auto* choice = std::get_if<CategoricalDistribution>(&distribution)) {
    const double count = static_cast<double>(choice->choices.size());
    return std::min(std::floor(u * count), count - 1);
  }
  const NumericDomain domain = numeric_domain(distribution);
  // Weighted ends instead of low + u * (high - low), which overflows for the widest ranges.
  return domain.to_value((1 - u) * domain.low + u * domain.high);
}

double draw_stratified(const DrawKey& key, std::string_view parameter,
                       const Distribution& distribution, int strata) {
  PhiloxStream own = draw_stream(key, parameter);
  if (key.trial_number < 0 || key.trial_number >= strata) return draw_uniform(own, distribution);
  // Where trial n stands in a permutation that all trials of the study share.
  PhiloxStream order(mix(key.study_seed, name_hash(parameter)), 2);
  std::vector<int> places(static_cast<std::size_t>(strata));
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = static_cast<int>(i);
  for (std::size_t i = places.size(); i > 1; --i) std::swap(places[i - 1], places[order.below(i)]);
  const double u = (places[static_cast<std::size_t>(key.trial_number)] + own.uniform()) / strata;
  return value_at_share(u, distribution, own);
}

double draw_uniform(PhiloxStream& stream, const Distribution& distribution) {
  if (const auto* choice = std::get_if<CategoricalDistribution>(&distribution)) {
    check(!choice->choices.empty(), "sampler: a categorical distribution without choices");
    return static_cast<double>(stream.below(choice->choices.size()));
  }
  const auto* integers = std::get_if<IntDistribution>(&distribution);
  if (integers != nullptr && !integers->log) return draw_integer(stream, *integers);
  const NumericDomain domain = numeric_domain(distribution);
  const double u = stream.uniform();
  if (integers == nullptr && domain.step > 0) {
    const double cells = std::nearbyint((domain.last - domain.first) / domain.step) + 1;
    return std::clamp(domain.first + std::min(std::floor(u * cells), cells - 1) * domain.step,
                      domain.first, domain.last);
  }
  // Weighted ends instead of low + u * (high - low), which overflows for the widest ranges.
  return domain.to_value((1 - u) * domain.low + u * domain.high);
}

}  // namespace hone::tune
