// Kernels, draws and scores.
#include "tune/samplers/tree_density.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "tune/samplers/parzen_loops.h"
#include "tune/samplers/vector_math.h"

namespace hone::tune {
namespace {

constexpr double kFloor = 0.05;
constexpr std::size_t kMostGaps = 64;  // of more points the gaps are below the floor anyway
constexpr double kHalfLogTwoPi = 0.91893853320467274178;

// base[i] <- -ln(width sqrt(2 pi) mass on [0, 1]), 0 where the scale is 0. Abramowitz and
// Stegun 7.1.26 for the tails: 1.5e-7, the same in every lane and on every processor.
HONE_LOOP void peaks(const double* centre, const double* scale, const double* width, std::size_t n,
                     double* __restrict base) {
  const auto tail = [](double z) {  // erfc(z), z >= 0
    const double t = 1 / (1 + 0.3275911 * z);
    const double p =
        t * (0.254829592 +
             t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    const double x = -z * z;
    return p * exp_of(x > -50 ? x : -50);
  };
  for (std::size_t i = 0; i < n; ++i) {
    // A trial from outside of the range of now has a kernel all the same.
    const double low = centre[i] > 0 ? centre[i] : 0, high = centre[i] < 1 ? 1 - centre[i] : 0;
    const double mass = 1 - 0.5 * (tail(low * scale[i]) + tail(high * scale[i]));
    const double peak = -log_of(width[i] * (mass > 1e-3 ? mass : 1e-3)) - kHalfLogTwoPi;
    base[i] = scale[i] > 0 ? peak : 0;
  }
}

HONE_LOOP void add_kernels(double x, const double* centre, const double* scale, const double* base,
                           std::size_t n, double* __restrict sums) {
  for (std::size_t i = 0; i < n; ++i) {
    const double z = (x - centre[i]) * scale[i];
    sums[i] += base[i] - z * z;
  }
}

}  // namespace

TreeDensity::TreeDensity(const ConditionalSpace& space,
                         std::span<const ConditionalSpace::Values* const> values,
                         std::span<const double* const> x)
    : space_(space), count_(values.size()), kernels_(space.size()) {
  smoothing_ = 1 / static_cast<double>(count_ + 1);
  for (std::size_t j = 0; j < space.size(); ++j) {
    Kernels& kernels = kernels_[j];
    kernels.centre.resize(count_);
    for (std::size_t i = 0; i < count_; ++i) kernels.centre[i] = x[i][j];
    if (space[j].category) {
      // Masses relative to the uniform prior, so that a missing factor is 1.
      const double whole = 1 + smoothing_ * space[j].choices;
      kernels.hit = std::log((1 + smoothing_) / whole * space[j].choices);
      kernels.miss = std::log(smoothing_ / whole * space[j].choices);
    } else {
      add_number(j, values);
    }
  }
}

// The larger gap to the neighbours; of a single point the distance to the farther end.
void TreeDensity::gap_widths(std::size_t j, std::span<const ConditionalSpace::Values* const> values,
                             std::vector<double>& width) const {
  const std::vector<double>& centre = kernels_[j].centre;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < count_; ++i)
    if (ConditionalSpace::active((*values[i])[j])) order.push_back(i);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return centre[a] < centre[b] || (centre[a] == centre[b] && a < b);
  });
  for (std::size_t k = 0; k < order.size(); ++k) {
    const double here = centre[order[k]], alone = order.size() == 1 ? 1 : 0;
    const double left = k > 0 ? here - centre[order[k - 1]] : alone * here;
    const double right = k + 1 < order.size() ? centre[order[k + 1]] - here : alone * (1 - here);
    width[order[k]] = std::clamp(std::max(left, right), kFloor, 1.0);
  }
}

void TreeDensity::add_number(std::size_t j,
                             std::span<const ConditionalSpace::Values* const> values) {
  Kernels& kernels = kernels_[j];
  const ConditionalSpace::Dimension& d = space_[j];
  std::vector<double> width(count_, kFloor);
  std::size_t active = 0;
  for (const auto* point : values) active += ConditionalSpace::active((*point)[j]) ? 1 : 0;
  if (active <= kMostGaps) gap_widths(j, values, width);
  kernels.scale.assign(count_, 0);
  kernels.base.resize(count_);
  for (std::size_t i = 0; i < count_; ++i) {
    const double value = (*values[i])[j];
    if (!ConditionalSpace::active(value)) continue;
    if (d.discrete) {
      const double cell = (d.domain.cell_high(value) - d.domain.cell_low(value)) / d.length();
      width[i] = std::min(std::max(width[i], 0.5 * cell), 1.0);
    }
    kernels.scale[i] = std::numbers::sqrt2 / 2 / width[i];
  }
  peaks(kernels.centre.data(), kernels.scale.data(), width.data(), count_, kernels.base.data());
}

ConditionalSpace::Values TreeDensity::sample(PhiloxStream& random,
                                             const ConditionalSpace::Fixed& fixed) const {
  std::size_t component = 0;
  if (fixed.dimension < 0) {
    component = static_cast<std::size_t>(random.below(count_ + 1));
  } else {
    // Components count by what they say about the fixed value.
    const std::size_t j = static_cast<std::size_t>(fixed.dimension);
    const double own = space_[j].category ? fixed.value : space_[j].unit(fixed.value);
    const Kernels& kernels = kernels_[j];
    std::vector<double> weights(count_ + 1, 1.0);
    for (std::size_t i = 0; i < count_; ++i) {
      const double z = space_[j].category ? 0 : (own - kernels.centre[i]) * kernels.scale[i];
      weights[i] = space_[j].category
                       ? std::exp(kernels.centre[i] == own ? kernels.hit : kernels.miss)
                       : std::exp(kernels.base[i] - z * z);
    }
    std::partial_sum(weights.begin(), weights.end(), weights.begin());
    const double u = random.uniform() * weights.back();
    component = static_cast<std::size_t>(std::upper_bound(weights.begin(), weights.end() - 1, u) -
                                         weights.begin());
  }
  return space_.walk(random, fixed, [&](std::size_t j, const Distribution& distribution) {
    const ConditionalSpace::Dimension& d = space_[j];
    const Kernels& kernels = kernels_[j];
    if (component == count_) return draw_uniform(random, distribution);
    if (d.category) {
      const double whole = 1 + smoothing_ * d.choices;
      if (kernels.centre[component] < 0 || random.uniform() * whole >= 1)
        return draw_uniform(random, distribution);
      return kernels.centre[component];
    }
    if (kernels.scale[component] == 0) return draw_uniform(random, distribution);
    const double width = std::numbers::sqrt2 / 2 / kernels.scale[component];
    double u = -1;
    for (int tries = 0; tries < 64 && !(u >= 0 && u <= 1); ++tries)
      u = kernels.centre[component] + width * random.normal();
    const double value = d.value_at(std::clamp(u, 0.0, 1.0));
    return contains(distribution, value) ? value : draw_uniform(random, distribution);
  });
}

double TreeDensity::log_pdf(const ConditionalSpace::Values& values, const double* x) const {
  std::vector<double> sums(count_ + 1, 0.0);
  for (std::size_t j = 0; j < space_.size(); ++j) {
    if (!ConditionalSpace::active(values[j])) continue;
    const Kernels& kernels = kernels_[j];
    if (!space_[j].category) {
      add_kernels(x[j], kernels.centre.data(), kernels.scale.data(), kernels.base.data(), count_,
                  sums.data());
      continue;
    }
    for (std::size_t i = 0; i < count_; ++i)
      if (kernels.centre[i] >= 0) sums[i] += kernels.centre[i] == x[j] ? kernels.hit : kernels.miss;
  }
  return log_sum_exp(sums) - std::log(static_cast<double>(count_ + 1));
}

}  // namespace hone::tune
