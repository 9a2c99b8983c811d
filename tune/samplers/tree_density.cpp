// Kernels, draws and scores.
#include "tune/samplers/tree_density.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <numeric>
#include <utility>

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

constexpr std::size_t kParts = 3;  // of a kernel: centre, scale, base
constexpr std::size_t kLanes = 8;  // points that are looked at together
using Lanes [[gnu::vector_size(kLanes * sizeof(double))]] = double;

// What one component says about kLanes points: sums[lane] is ln of its density there. x: their
// coordinates; on: 1 where a point has the parameter, else 0; both [dimensions, kLanes].
HONE_LOOP void score_row(const double* row, const double* x, const double* on, const double* hit,
                         const double* miss, std::size_t dimensions, double* __restrict sums) {
  Lanes sum{};
  for (std::size_t j = 0; j < dimensions; ++j, row += kParts, x += kLanes, on += kLanes) {
    Lanes at, has;
    std::memcpy(&at, x, sizeof at);
    std::memcpy(&has, on, sizeof has);
    if (hit[j] == miss[j]) {  // a number
      const Lanes z = (at - row[0]) * row[1], term = row[2] - z * z;
      sum += has > 0 ? term : Lanes{};
    } else if (row[0] >= 0) {
      const Lanes term = at == row[0] ? Lanes{} + hit[j] : Lanes{} + miss[j];
      sum += has > 0 ? term : Lanes{};
    }
  }
  std::memcpy(sums, &sum, sizeof sum);
}

// The least width of the kernel at a value.
double least_width(const ConditionalSpace::Dimension& d, double value) {
  if (!d.discrete) return kFloor;
  const double cell = (d.domain.cell_high(value) - d.domain.cell_low(value)) / d.length();
  return std::min(std::max(kFloor, 0.5 * cell), 1.0);
}

double scale_of(double width) { return std::numbers::sqrt2 / 2 / width; }

}  // namespace

TreePoint::TreePoint(const ConditionalSpace& space, std::span<const Parameter> params)
    : values(space.values_of(params)), kernels(space.size() * kParts) {
  const std::size_t n = space.size();
  std::vector<double> columns(4 * n);
  double *x = columns.data(), *scale = x + n, *width = scale + n, *base = width + n;
  space.embed(values, x);
  for (std::size_t j = 0; j < n; ++j) {
    width[j] = kFloor;
    if (space[j].category || !ConditionalSpace::active(values[j])) continue;
    width[j] = least_width(space[j], values[j]);
    scale[j] = scale_of(width[j]);
  }
  peaks(x, scale, width, n, base);
  for (std::size_t j = 0; j < n; ++j) {
    kernels[kParts * j] = x[j];
    kernels[kParts * j + 1] = scale[j];
    kernels[kParts * j + 2] = base[j];
  }
}

TreeDensity::TreeDensity(const ConditionalSpace& space, std::span<const TreePoint* const> points)
    : space_(space), count_(points.size()), masses_(space.size()) {
  smoothing_ = 1 / static_cast<double>(count_ + 1);
  rows_.reserve(count_);
  for (const TreePoint* point : points) rows_.push_back(point->kernels.data());
  for (std::size_t j = 0; j < space.size(); ++j) {
    if (space[j].category) {
      // Masses relative to the uniform prior, so that a missing factor is 1.
      const double whole = 1 + smoothing_ * space[j].choices;
      masses_[j] = {std::log((1 + smoothing_) / whole * space[j].choices),
                    std::log(smoothing_ / whole * space[j].choices)};
      continue;
    }
    std::size_t active = 0;
    for (const TreePoint* point : points)
      active += ConditionalSpace::active(point->values[j]) ? 1 : 0;
    if (active > 0 && active <= kMostGaps) widen(j, points);
  }
}

// The larger gap to the neighbours; of a single point the distance to the farther end.
std::vector<double> TreeDensity::gap_widths(std::size_t j,
                                            std::span<const TreePoint* const> points) const {
  std::vector<double> width(count_, kFloor);
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t i = 0; i < count_; ++i)
    if (ConditionalSpace::active(points[i]->values[j]))
      order.emplace_back(points[i]->kernels[kParts * j], i);
  std::sort(order.begin(), order.end());
  for (std::size_t k = 0; k < order.size(); ++k) {
    const double here = order[k].first, alone = order.size() == 1 ? 1 : 0;
    const double left = k > 0 ? here - order[k - 1].first : alone * here;
    const double right = k + 1 < order.size() ? order[k + 1].first - here : alone * (1 - here);
    width[order[k].second] = std::clamp(std::max(left, right), kFloor, 1.0);
  }
  return width;
}

void TreeDensity::widen(std::size_t j, std::span<const TreePoint* const> points) {
  const std::size_t row = kParts * space_.size();
  if (own_.empty()) {
    own_.reserve(count_ * row);
    for (const TreePoint* point : points)
      own_.insert(own_.end(), point->kernels.begin(), point->kernels.end());
    for (std::size_t i = 0; i < count_; ++i) rows_[i] = own_.data() + i * row;
  }
  std::vector<double> width = gap_widths(j, points), centre(count_), scale(count_), base(count_);
  for (std::size_t i = 0; i < count_; ++i) {
    centre[i] = rows_[i][kParts * j];
    const double value = points[i]->values[j];
    if (!ConditionalSpace::active(value)) continue;
    width[i] = std::max(width[i], least_width(space_[j], value));
    scale[i] = scale_of(width[i]);
  }
  peaks(centre.data(), scale.data(), width.data(), count_, base.data());
  for (std::size_t i = 0; i < count_; ++i) {
    own_[i * row + kParts * j + 1] = scale[i];
    own_[i * row + kParts * j + 2] = base[i];
  }
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
    std::vector<double> weights(count_ + 1, 1.0);
    for (std::size_t i = 0; i < count_; ++i) {
      const double* kernel = rows_[i] + kParts * j;
      const double z = space_[j].category ? 0 : (own - kernel[0]) * kernel[1];
      weights[i] = space_[j].category
                       ? std::exp(kernel[0] == own ? masses_[j].hit : masses_[j].miss)
                       : std::exp(kernel[2] - z * z);
    }
    std::partial_sum(weights.begin(), weights.end(), weights.begin());
    const double u = random.uniform() * weights.back();
    component = static_cast<std::size_t>(std::upper_bound(weights.begin(), weights.end() - 1, u) -
                                         weights.begin());
  }
  return space_.walk(random, fixed, [&](std::size_t j, const Distribution& distribution) {
    const ConditionalSpace::Dimension& d = space_[j];
    if (component == count_) return draw_uniform(random, distribution);
    const double *kernel = rows_[component] + kParts * j, centre = kernel[0], scale = kernel[1];
    if (d.category) {
      const double whole = 1 + smoothing_ * d.choices;
      if (centre < 0 || random.uniform() * whole >= 1) return draw_uniform(random, distribution);
      return centre;
    }
    if (scale == 0) return draw_uniform(random, distribution);
    const double width = std::numbers::sqrt2 / 2 / scale;
    double u = -1;
    for (int tries = 0; tries < 64 && !(u >= 0 && u <= 1); ++tries)
      u = centre + width * random.normal();
    const double value = d.value_at(std::clamp(u, 0.0, 1.0));
    return contains(distribution, value) ? value : draw_uniform(random, distribution);
  });
}

std::vector<double> TreeDensity::log_pdf(std::span<const ConditionalSpace::Values> points) const {
  const std::size_t dimensions = space_.size(), n = count_ + 1;  // the prior is the last, with 0
  std::vector<double> result(points.size()), coordinates(dimensions), hit, miss;
  for (const Masses& masses : masses_) {
    hit.push_back(masses.hit);
    miss.push_back(masses.miss);
  }
  std::vector<double> x(dimensions * kLanes), on(dimensions * kLanes), sums(kLanes * n);
  for (std::size_t first = 0; first < points.size(); first += kLanes) {
    const std::size_t size = std::min(kLanes, points.size() - first);
    for (std::size_t lane = 0; lane < size; ++lane) {
      space_.embed(points[first + lane], coordinates.data());
      for (std::size_t j = 0; j < dimensions; ++j) {
        x[j * kLanes + lane] = coordinates[j];
        on[j * kLanes + lane] = ConditionalSpace::active(points[first + lane][j]) ? 1 : 0;
      }
    }
    for (std::size_t i = 0; i < count_; ++i) {
      double row[kLanes];
      score_row(rows_[i], x.data(), on.data(), hit.data(), miss.data(), dimensions, row);
      for (std::size_t lane = 0; lane < size; ++lane) sums[lane * n + i] = row[lane];
    }
    for (std::size_t lane = 0; lane < size; ++lane) {
      sums[lane * n + count_] = 0;
      result[first + lane] =
          log_sum_exp({sums.data() + lane * n, n}) - std::log(static_cast<double>(n));
    }
  }
  return result;
}

}  // namespace hone::tune
