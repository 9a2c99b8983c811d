// The sequences and their scrambling.
#include "tune/samplers/qmc_sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "tune/samplers/draw.h"

namespace hone::tune {
namespace {

// Degree, inner coefficients and first direction numbers of the primitive polynomials of dimensions
// 1 to 20; dimension 0 is van der Corput's sequence. Data of Joe and Kuo (new-joe-kuo-6).
struct Polynomial {
  unsigned degree, inner;
  std::array<std::uint32_t, 7> first;
};
constexpr Polynomial kPolynomials[kSobolDimensions - 1] = {
    {1, 0, {1}},
    {2, 1, {1, 3}},
    {3, 1, {1, 3, 1}},
    {3, 2, {1, 1, 1}},
    {4, 1, {1, 1, 3, 3}},
    {4, 4, {1, 3, 5, 13}},
    {5, 2, {1, 1, 5, 5, 17}},
    {5, 4, {1, 1, 5, 5, 5}},
    {5, 7, {1, 1, 7, 11, 19}},
    {5, 11, {1, 1, 5, 1, 1}},
    {5, 13, {1, 1, 1, 3, 11}},
    {5, 14, {1, 3, 5, 5, 31}},
    {6, 1, {1, 3, 3, 9, 7, 49}},
    {6, 13, {1, 1, 1, 15, 21, 21}},
    {6, 16, {1, 3, 1, 13, 27, 49}},
    {6, 19, {1, 1, 1, 15, 7, 5}},
    {6, 22, {1, 3, 1, 15, 13, 25}},
    {6, 25, {1, 1, 5, 5, 19, 61}},
    {7, 1, {1, 3, 7, 11, 23, 15, 103}},
    {7, 4, {1, 3, 7, 13, 13, 15, 69}},
};

using Directions = std::array<std::array<std::uint32_t, 32>, kSobolDimensions>;

Directions make_directions() {
  Directions v{};
  for (unsigned k = 0; k < 32; ++k) v[0][k] = 1u << (31 - k);
  for (std::size_t d = 1; d < kSobolDimensions; ++d) {
    const Polynomial& p = kPolynomials[d - 1];
    const unsigned s = p.degree;
    for (unsigned k = 0; k < 32; ++k) {
      if (k < s) {
        v[d][k] = p.first[k] << (31 - k);
        continue;
      }
      std::uint32_t value = v[d][k - s] ^ (v[d][k - s] >> s);
      for (unsigned j = 1; j < s; ++j)
        if (((p.inner >> (s - 1 - j)) & 1u) != 0) value ^= v[d][k - j];
      v[d][k] = value;
    }
  }
  return v;
}

// Owen's scrambling: bit k is flipped by a coin that depends on the bits before it.
std::uint32_t scrambled(std::uint32_t x, std::uint64_t key) {
  std::uint32_t result = 0;
  for (unsigned k = 0; k < 32; ++k) {
    const std::uint64_t before = k == 0 ? 0 : x >> (32 - k);
    const std::uint64_t coin = mix(mix(key, k), before) & 1u;
    result |= (((x >> (31 - k)) & 1u) ^ static_cast<std::uint32_t>(coin)) << (31 - k);
  }
  return result;
}

std::uint64_t prime(std::size_t index) {
  static const std::vector<std::uint64_t> kPrimes = [] {
    std::vector<std::uint64_t> primes;
    for (std::uint64_t n = 2; primes.size() < 1000; ++n)
      if (std::none_of(primes.begin(), primes.end(), [&](std::uint64_t p) { return n % p == 0; }))
        primes.push_back(n);
    return primes;
  }();
  return kPrimes[index % kPrimes.size()];
}

}  // namespace

double sobol_point(std::uint32_t index, std::size_t dimension, bool scramble, std::uint64_t key) {
  static const Directions kDirections = make_directions();
  std::uint32_t x = 0;
  for (unsigned k = 0; k < 32; ++k)
    if (((index >> k) & 1u) != 0) x ^= kDirections[dimension][k];
  if (scramble) x = scrambled(x, mix(key, dimension));
  return x * 0x1.0p-32;
}

double halton_point(std::uint64_t index, std::size_t dimension, bool scramble, std::uint64_t key) {
  const std::uint64_t base = prime(dimension);
  const double inverse = 1 / static_cast<double>(base);
  double result = 0, place = inverse;
  std::uint64_t before = 0;  // the digits so far, for the permutation of the next
  for (int k = 0; k < 64 && place > 0x1.0p-40; ++k, place *= inverse) {
    std::uint64_t digit = index % base;
    index /= base;
    if (!scramble && index == 0 && digit == 0) break;
    const std::uint64_t own = digit;
    if (scramble) {
      // Owen's nested permutation is approximated by a rotation that depends on the digits before.
      PhiloxStream coin(mix(mix(mix(key, dimension), static_cast<std::uint64_t>(k)), before), 3);
      digit = (digit + coin.below(base)) % base;
    }
    before = before * base + own + 1;
    result += static_cast<double>(digit) * place;
  }
  return std::min(result, 1 - 0x1.0p-53);
}

OptionList QmcOptions::list() {
  return {{"sequence",
           sequence,
           {{Sequence::sobol, "sobol"}, {Sequence::halton, "halton"}},
           "whose points"},
          {"scramble", scramble, "random within the strata"}};
}

QmcSampler::QmcSampler(const QmcOptions& options) : options_(options) {
  check_options(kName, options_.list());
}

std::string QmcSampler::options_json() const {
  QmcOptions options = options_;
  return tune::options_json(options.list());
}

double QmcSampler::next(const Plan& plan, std::span<const Parameter> chosen,
                        const std::string& name, const Distribution& distribution) const {
  const std::size_t dimension = chosen.size();
  const auto index = static_cast<std::uint32_t>(std::max(plan.key.trial_number, 0));
  const std::uint64_t key = mix(plan.key.study_seed, 9);
  const bool sobol =
      options_.sequence == QmcOptions::Sequence::sobol && dimension < kSobolDimensions;
  const double u = sobol ? sobol_point(index, dimension, options_.scramble, key)
                         : halton_point(index, dimension, options_.scramble, key);
  PhiloxStream stream = draw_stream(plan.key, name);
  return value_at_share(u, distribution, stream);
}

}  // namespace hone::tune
