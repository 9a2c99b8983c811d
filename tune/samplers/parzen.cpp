// Kernels, weights, sampling and scoring of the Parzen estimator.
#include "tune/samplers/parzen.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "base/error.h"
#include "tune/samplers/parzen_loops.h"
#include "tune/samplers/truncated_normal.h"

namespace hone::tune {
namespace {

constexpr double kHalfLogTwoPi = 0.91893853320467274178;
constexpr double kPriorWeight = 1;
constexpr std::size_t kFullWeights = 25;

// The larger gap to the neighbours; outermost points have one neighbour, a single point has both
// ends.
std::vector<double> neighbour_gaps(const std::vector<double>& points,
                                   const std::vector<std::uint32_t>& order,
                                   const NumericDomain& domain) {
  const std::size_t m = points.size();
  std::vector<double> gaps(m);
  for (std::size_t k = 0; k < m; ++k) {
    const double here = points[order[k]];
    double gap = 0;
    if (k > 0 || m == 1) gap = here - (k > 0 ? points[order[k - 1]] : domain.low);
    if (k + 1 < m || m == 1)
      gap = std::max(gap, (k + 1 < m ? points[order[k + 1]] : domain.high) - here);
    gaps[order[k]] = gap;
  }
  return gaps;
}

double smallest_width(const NumericDomain& domain, Bandwidth bandwidth, double m) {
  const double length = domain.high - domain.low;
  if (bandwidth == Bandwidth::hone) return length * std::max(0.03, 1 / ((m + 2) * (m + 2)));
  return length / std::min(100.0, m + 2);
}

// Phi(b) - Phi(a) for a <= 0 <= b: nothing cancels, because the parts have opposite signs.
double central_mass(double a, double b) {
  const auto half = [](double z) {
    return z < 8.5 ? 0.5 * std::erf(z * std::numbers::sqrt2 / 2) : 0.5;
  };
  return half(b) + half(-a);
}

// Where multiples of half a step are exact in double, and so are their sums.
bool is_integer_grid(const NumericDomain& domain) {
  constexpr double kExact = 0x1p40;
  return domain.step > 0 && !domain.log && domain.step == std::floor(domain.step) &&
         domain.first == std::floor(domain.first) && domain.first > -kExact && domain.last < kExact;
}

// The number of the cell in the middle of which x lies; -1: in none, or in none below `cells`.
int cell_of(const NumericDomain& domain, double x, std::size_t cells) {
  const double cell = (x - domain.first) / domain.step;
  return cell >= 0 && cell < static_cast<double>(cells) && cell == std::floor(cell)
             ? static_cast<int>(cell)
             : -1;
}

}  // namespace

std::vector<double> parzen_weights(std::size_t m) {
  std::vector<double> weights(m + 1, 1.0);
  if (m > kFullWeights) {
    const std::size_t ramp = m - kFullWeights;
    const double start = 1 / static_cast<double>(m);
    for (std::size_t i = 0; i < ramp; ++i)
      weights[i] =
          ramp == 1 ? start
                    : start + (1 - start) * static_cast<double>(i) / static_cast<double>(ramp - 1);
  }
  weights[m] = kPriorWeight;
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= sum;
  return weights;
}

ParzenEstimator::ParzenEstimator(std::vector<Dimension> space, Bandwidth bandwidth) {
  check(!space.empty(), "ParzenEstimator: the space has no parameter");
  const std::size_t m = space.front().observed.size();
  weights_ = parzen_weights(m);
  cumulative_.resize(m + 1);
  std::partial_sum(weights_.begin(), weights_.end(), cumulative_.begin());
  cumulative_.back() = 1;
  base_.assign(m + 1, 0);
  dimensions_.reserve(space.size());
  const double exponent = -1 / (static_cast<double>(space.size()) + 4);
  fixed_width_ = 0.2 * std::pow(std::max(1.0, static_cast<double>(m)), exponent);
  std::vector<double> peaks = weights_;
  const auto take_logarithms = [&] {
    for (std::size_t i = 0; i <= m; ++i) base_[i] += std::log(peaks[i]);
    peaks.assign(m + 1, 1);
  };
  for (const Dimension& dimension : space) {
    check(dimension.observed.size() == m,
          "ParzenEstimator: one parameter has {} observations, another {}", m,
          dimension.observed.size());
    if (std::holds_alternative<CategoricalDistribution>(*dimension.distribution))
      add_categorical(dimension);
    else
      add_numeric(dimension, bandwidth, peaks);
    // A factor lies between 1 and 300, so 100 of them stay far from overflow.
    if (dimensions_.size() % 100 == 0) take_logarithms();
  }
  take_logarithms();
}

void ParzenEstimator::add_categorical(const Dimension& dimension) {
  Kernels& kernels = dimensions_.emplace_back();
  kernels.categorical = true;
  kernels.choices = static_cast<double>(
      std::get<CategoricalDistribution>(*dimension.distribution).choices.size());
  const double prior = kPriorWeight / static_cast<double>(components());
  kernels.floor_mass = prior / (1 + prior * kernels.choices);
  kernels.hit_mass = (1 + prior) / (1 + prior * kernels.choices);
  kernels.observed = dimension.observed;
}

void ParzenEstimator::add_numeric(const Dimension& dimension, Bandwidth bandwidth,
                                  std::vector<double>& peaks) {
  Kernels& kernels = dimensions_.emplace_back();
  const NumericDomain domain = numeric_domain(*dimension.distribution);
  const double length = domain.high - domain.low;
  const std::size_t m = dimension.observed.size();
  kernels.domain = domain;
  kernels.centre.reserve(m + 1);
  for (const double value : dimension.observed) kernels.centre.push_back(domain.to_line(value));
  std::vector<std::uint32_t> order = sorted_order(kernels.centre, domain.low, domain.high);
  if (bandwidth == Bandwidth::optuna_4_9_multivariate)
    kernels.width.assign(m, fixed_width_ * length);
  else
    kernels.width = neighbour_gaps(kernels.centre, order, domain);
  const double smallest = smallest_width(domain, bandwidth, static_cast<double>(m));
  for (std::size_t i = 0; i < m; ++i) {
    double least = smallest;
    if (bandwidth == Bandwidth::hone && domain.step > 0) {
      const double value = dimension.observed[i];
      least = std::max(least, 0.5 * (domain.cell_high(value) - domain.cell_low(value)));
    }
    kernels.width[i] = std::min(std::max(kernels.width[i], least), length);
  }
  kernels.centre.push_back(0.5 * (domain.low + domain.high));
  kernels.width.push_back(length);
  if (domain.step > 0) {
    order.push_back(static_cast<std::uint32_t>(m));
    share_grid_kernels(kernels, order);
    return;
  }
  kernels.scale.resize(m + 1);
  for (std::size_t i = 0; i <= m; ++i) {
    const double centre = kernels.centre[i], inverse = 1 / kernels.width[i];
    kernels.scale[i] = std::numbers::sqrt2 / 2 * inverse;
    // In units of the line, so that products of many dimensions stay in range.
    peaks[i] *= length * inverse /
                central_mass((domain.low - centre) * inverse, (domain.high - centre) * inverse);
  }
  for (double& base : base_) base -= std::log(length) + kHalfLogTwoPi;
}

// A table pays when the smallest width is that of many kernels: scores are asked for some twenty
// points each. It is never larger than 16 numbers for each kernel.
void ParzenEstimator::fill_table(Kernels& kernels) {
  const NumericDomain& domain = kernels.domain;
  if (!is_integer_grid(domain)) return;
  CellTable& table = kernels.table;
  table.width = *std::min_element(kernels.width.begin(), kernels.width.end());
  const auto sharing = std::count(kernels.width.begin(), kernels.width.end(), table.width);
  const double count = (domain.last - domain.first) / domain.step + 1;
  if (count > 16 * static_cast<double>(sharing)) return;
  const std::size_t cells = static_cast<std::size_t>(count);
  table.tail.resize(cells);
  table.log_mass.resize(cells);
  const auto far_end = [&](double k) { return (k + 0.5) * domain.step / table.width; };
  for (std::size_t k = 0; k < cells; ++k) {
    const double end = far_end(static_cast<double>(k));
    table.tail[k] = normal_tail(end);
    table.log_mass[k] = k == 0 ? log_normal_mass(-end, end, table.tail[0], table.tail[0])
                               : log_normal_mass(far_end(static_cast<double>(k) - 1), end,
                                                 table.tail[k - 1], table.tail[k]);
  }
}

// Grids repeat values, and a run of equal centres has few distinct widths: each pair is evaluated
// once.
void ParzenEstimator::share_grid_kernels(Kernels& kernels,
                                         std::span<const std::uint32_t> order) const {
  const NumericDomain& domain = kernels.domain;
  fill_table(kernels);
  const std::vector<double>& tail = kernels.table.tail;
  kernels.grid_index.resize(order.size());
  std::size_t run = 0;  // first distinct kernel with the current centre
  for (const std::uint32_t i : order) {
    const double centre = kernels.centre[i], width = kernels.width[i];
    if (!kernels.grid.empty() && kernels.grid.back().centre != centre) run = kernels.grid.size();
    std::size_t k = run;
    while (k < kernels.grid.size() && kernels.grid[k].width != width) ++k;
    if (k == kernels.grid.size()) {
      const double low = (domain.low - centre) / width, high = (domain.high - centre) / width;
      const int cell = width == kernels.table.width ? cell_of(domain, centre, tail.size()) : -1;
      const std::size_t at = static_cast<std::size_t>(std::max(cell, 0));
      kernels.grid.push_back(
          {centre, width,
           cell < 0 ? log_normal_mass(low, high)
                    : log_normal_mass(low, high, tail[at], tail[tail.size() - 1 - at]),
           cell});
    }
    kernels.grid_index[i] = static_cast<std::uint32_t>(k);
  }
}

double ParzenEstimator::sample_one(const Kernels& kernels, std::size_t component, double u) const {
  if (!kernels.categorical) {
    const double centre = kernels.centre[component], width = kernels.width[component];
    const NumericDomain& domain = kernels.domain;
    const double z =
        truncated_normal_quantile(u, (domain.low - centre) / width, (domain.high - centre) / width);
    return domain.to_value(centre + width * z);
  }
  // Inverse of the cumulative row, which is a straight line but for the jump at the observed
  // choice.
  double choice;
  if (component == kernels.observed.size()) {
    choice = std::floor(u * kernels.choices);
  } else {
    const double hit = kernels.observed[component], before = hit * kernels.floor_mass;
    if (u < before)
      choice = std::min(std::floor(u / kernels.floor_mass), hit - 1);
    else if (u < before + kernels.hit_mass)
      choice = hit;
    else
      choice = hit + 1 + std::floor((u - before - kernels.hit_mass) / kernels.floor_mass);
  }
  return std::min(choice, kernels.choices - 1);
}

std::vector<double> ParzenEstimator::sample(PhiloxStream& stream, std::size_t count) const {
  std::vector<double> points(dimensions() * count);
  for (std::size_t c = 0; c < count; ++c) {
    const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end(), stream.uniform());
    const std::size_t component =
        std::min(static_cast<std::size_t>(found - cumulative_.begin()), components() - 1);
    for (std::size_t j = 0; j < dimensions(); ++j)
      points[j * count + c] = sample_one(dimensions_[j], component, stream.uniform());
  }
  return points;
}

void ParzenEstimator::add_grid_log_pdf(const Kernels& kernels, std::span<const double> x,
                                       std::span<double> sums) const {
  const std::size_t n = components(), count = x.size();
  const std::vector<double>& masses = kernels.table.log_mass;
  std::vector<double> table(kernels.grid.size());
  std::vector<char> done(count, 0);
  for (std::size_t c = 0; c < count; ++c) {
    if (done[c] != 0) continue;
    const double low = std::max(kernels.domain.cell_low(x[c]), kernels.domain.low);
    const double high = std::min(kernels.domain.cell_high(x[c]), kernels.domain.high);
    const int cell = cell_of(kernels.domain, x[c], masses.size());
    for (std::size_t k = 0; k < table.size(); ++k) {
      const GridKernel& kernel = kernels.grid[k];
      if (cell >= 0 && kernel.cell >= 0) {
        table[k] = masses[static_cast<std::size_t>(std::abs(cell - kernel.cell))] - kernel.log_mass;
        continue;
      }
      table[k] = log_normal_mass((low - kernel.centre) / kernel.width,
                                 (high - kernel.centre) / kernel.width) -
                 kernel.log_mass;
    }
    for (std::size_t same = c; same < count; ++same) {
      if (x[same] != x[c]) continue;
      done[same] = 1;
      for (std::size_t i = 0; i < n; ++i) sums[same * n + i] += table[kernels.grid_index[i]];
    }
  }
}

void ParzenEstimator::add_categorical_log_pdf(const Kernels& kernels, double x,
                                              std::span<double> sums) const {
  const double hit = std::log(kernels.hit_mass), miss = std::log(kernels.floor_mass);
  const std::size_t m = kernels.observed.size();
  for (std::size_t i = 0; i < m; ++i) sums[i] += kernels.observed[i] == x ? hit : miss;
  sums[m] -= std::log(kernels.choices);
}

void ParzenEstimator::add_log_pdf(std::size_t dimension, std::span<const double> x,
                                  std::span<double> sums) const {
  const Kernels& kernels = dimensions_[dimension];
  if (!kernels.categorical && kernels.domain.step > 0) return add_grid_log_pdf(kernels, x, sums);
  const std::size_t n = components();
  for (std::size_t c = 0; c < x.size(); ++c) {
    const std::span<double> row = sums.subspan(c * n, n);
    if (kernels.categorical)
      add_categorical_log_pdf(kernels, x[c], row);
    else
      subtract_squares(kernels.domain.to_line(x[c]), kernels.centre, kernels.scale, row);
  }
}

std::vector<double> ParzenEstimator::log_pdf(std::span<const double> points) const {
  const std::size_t n = components(), count = points.size() / dimensions();
  check(points.size() == count * dimensions(),
        "ParzenEstimator: {} numbers are no points of {} parameters", points.size(), dimensions());
  std::vector<double> result(count);
  // A few points at a time, so that their sums stay in the cache.
  const std::size_t block = std::clamp<std::size_t>(8192 / n, 4, 24);
  std::vector<double> sums(std::min(block, count) * n);  // [points of the block, components]
  for (std::size_t first = 0; first < count; first += block) {
    const std::size_t size = std::min(block, count - first);
    for (std::size_t c = 0; c < size; ++c)
      std::copy(base_.begin(), base_.end(), sums.data() + c * n);
    for (std::size_t j = 0; j < dimensions(); ++j)
      add_log_pdf(j, points.subspan(j * count + first, size), {sums.data(), size * n});
    for (std::size_t c = 0; c < size; ++c)
      result[first + c] = log_sum_exp({sums.data() + c * n, n});
  }
  return result;
}

}  // namespace hone::tune
