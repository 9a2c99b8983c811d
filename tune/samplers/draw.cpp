// Streams and uniform draws.
#include "tune/samplers/draw.h"

#include <algorithm>
#include <cmath>

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
