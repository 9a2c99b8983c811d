// Loops over the components of a mixture.
#include "tune/samplers/parzen_loops.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "tune/samplers/vector_math.h"

namespace hone::tune {
namespace {

constexpr std::size_t kLanes = 4;

[[gnu::always_inline]] inline double maximum(std::span<const double> terms) {
  std::array<double, kLanes> top;
  top.fill(-std::numeric_limits<double>::infinity());
  std::size_t i = 0;
  for (; i + kLanes <= terms.size(); i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      top[lane] = terms[i + lane] > top[lane] ? terms[i + lane] : top[lane];
  for (; i < terms.size(); ++i) top[0] = std::max(top[0], terms[i]);
  return *std::max_element(top.begin(), top.end());
}

}  // namespace

HONE_LOOP void subtract_squares(double x, std::span<const double> centre,
                                std::span<const double> scale, std::span<double> sums) {
  const double* __restrict mu = centre.data();
  const double* __restrict s = scale.data();
  double* __restrict out = sums.data();
  for (std::size_t i = 0, n = sums.size(); i < n; ++i) {
    const double z = (x - mu[i]) * s[i];
    out[i] -= z * z;
  }
}

HONE_LOOP double log_sum_exp(std::span<double> terms) {
  const double top = maximum(terms);
  if (std::isinf(top)) return top;
  double* __restrict term = terms.data();
  const std::size_t n = terms.size();
  for (std::size_t i = 0; i < n; ++i) {
    // Terms 50 below the largest are lost in rounding anyway: e^-50 < 2^-72.
    const double x = term[i] - top;
    term[i] = exp_of(x > -50 ? x : -50);
  }
  std::array<double, kLanes> sums{};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += term[i + lane];
  for (; i < n; ++i) sums[0] += term[i];
  return top + std::log((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

std::vector<std::uint32_t> sorted_order(std::span<const double> values, double low, double high) {
  const std::size_t n = values.size();
  const auto before = [&](std::uint32_t a, std::uint32_t b) {
    return values[a] < values[b] || (values[a] == values[b] && a < b);
  };
  // Counting sort into n buckets of equal width, then insertion, which has little left to do.
  std::vector<std::uint32_t> bucket(n), start(n + 2, 0), order(n);
  const double scale = static_cast<double>(n) / (high - low);
  for (std::size_t i = 0; i < n; ++i) {
    const double place = std::clamp((values[i] - low) * scale, 0.0, static_cast<double>(n));
    bucket[i] = static_cast<std::uint32_t>(place);
    ++start[bucket[i] + 1];
  }
  for (std::size_t b = 1; b < start.size(); ++b) start[b] += start[b - 1];
  for (std::size_t i = 0; i < n; ++i) order[start[bucket[i]]++] = static_cast<std::uint32_t>(i);
  std::size_t moves_left = 8 * n;
  for (std::size_t k = 1; k < n; ++k) {
    const std::uint32_t item = order[k];
    std::size_t place = k;
    while (place > 0 && before(item, order[place - 1]) && moves_left > 0) {
      order[place] = order[place - 1];
      --place;
      --moves_left;
    }
    order[place] = item;
    if (moves_left == 0) {  // crowded values: insertion would be quadratic
      std::sort(order.begin(), order.end(), before);
      break;
    }
  }
  return order;
}

}  // namespace hone::tune
