// Factors, gradients and predictions.
#include "tune/samplers/gaussian_process.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace hone::tune::gp {
namespace {

constexpr double kLeastPivot = 1e-10;
constexpr double kLeastNoise = 1e-6;

// What lies between points and kLanes candidates or points: squared distances, and the sum over
// dimensions of how alike they are in each; both [count, kLanes].
struct Between {
  Between(const Points& points_in, std::span<const double> weights) : points(points_in) {
    for (std::size_t j = 0; j < points.dimensions(); ++j)
      columns.emplace_back(points.columns[j].data(), points.is_category[j] != 0, weights[j]);
    r2.resize(points.count * kLanes);
    sum.resize(points.count * kLanes);
  }
  // Of points [begin, end). A sum that has no share stays zero.
  void measure(const double* c, std::size_t begin, std::size_t end) {
    gp::measure(columns.data(), columns.size(), begin, end, c, r2.data(),
                points.alone > 0 ? sum.data() : nullptr);
  }
  // r2 becomes the covariance.
  void to_covariance(std::size_t begin, std::size_t end, double scale) {
    covariance(r2.data() + begin * kLanes, sum.data() + begin * kLanes, (end - begin) * kLanes,
               joint(scale), alone(scale));
  }
  double joint(double scale) const { return (1 - points.alone) * scale; }
  double alone(double scale) const {
    return points.alone * scale / static_cast<double>(columns.size());
  }

  const Points& points;
  std::vector<Column> columns;
  std::vector<double> r2, sum;
};

// The coordinates of kLanes points from `first` on, the last one again where there are no more:
// [dimensions, kLanes].
std::vector<double> block_of(const Points& points, std::size_t first) {
  std::vector<double> c;
  for (const std::vector<double>& x : points.columns)
    for (std::size_t l = 0; l < kLanes; ++l) c.push_back(x[std::min(first + l, points.count - 1)]);
  return c;
}

// The lower triangle of the block at [first, first + size) after the columns before it: a plain
// factorisation. Pivots that rounding made too small are lifted.
void factor_diagonal(std::vector<double>& a, std::size_t n, std::size_t first, std::size_t size) {
  for (std::size_t j = first; j < first + size; ++j) {
    for (std::size_t i = j; i < first + size; ++i) {
      double sum = a[i * n + j];
      for (std::size_t k = first; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i == j ? std::sqrt(std::max(sum, kLeastPivot)) : sum / a[j * n + j];
    }
  }
}

// The Cholesky factor of the covariance, [n, n], lower triangle; block rows of kLanes.
std::vector<double> factor(const Points& points, const Hyperparameters& hyper) {
  const std::size_t n = points.count;
  std::vector<double> lower(n * n, 0), gram(kLanes * kLanes);
  Between between(points, hyper.weights);
  std::vector<double>& block = between.r2;
  for (std::size_t first = 0; first < n; first += kLanes) {
    const std::size_t size = std::min(kLanes, n - first);
    between.measure(block_of(points, first).data(), 0, first + size);
    between.to_covariance(0, first + size, hyper.scale);
    solve_lower(lower.data(), n, first, block.data());
    std::fill(gram.begin(), gram.end(), 0);
    for (std::size_t k = 0; k < first; ++k)
      for (std::size_t r = 0; r < size; ++r)
        add_scaled(block.data() + k * kLanes, block[k * kLanes + r], kLanes,
                   gram.data() + r * kLanes);
    for (std::size_t r = 0; r < size; ++r) {
      double* row = lower.data() + (first + r) * n;
      for (std::size_t k = 0; k < first; ++k) row[k] = block[k * kLanes + r];
      for (std::size_t c = 0; c <= r; ++c)
        row[first + c] = block[(first + c) * kLanes + r] - gram[r * kLanes + c];
      row[first + r] += hyper.noise;
    }
    factor_diagonal(lower, n, first, size);
  }
  return lower;
}

// K^-1 y for the leading m rows of the factor.
std::vector<double> solve(const std::vector<double>& lower, std::size_t n,
                          std::span<const double> y) {
  const std::size_t m = y.size();
  std::vector<double> v(y.begin(), y.end());
  for (std::size_t i = 0; i < m; ++i) {
    double sum = v[i];
    for (std::size_t k = 0; k < i; ++k) sum -= lower[i * n + k] * v[k];
    v[i] = sum / lower[i * n + i];
  }
  for (std::size_t i = m; i-- > 0;) {
    v[i] /= lower[i * n + i];
    add_scaled(lower.data() + i * n, -v[i], i, v.data());
  }
  return v;
}

// K^-1, [n, n]: the sum over k of the outer products of the rows of L^-1.
std::vector<double> inverse(const std::vector<double>& lower, std::size_t n) {
  std::vector<double> rows(n * n, 0), block(n * kLanes), result(n * n, 0);
  for (std::size_t first = 0; first < n; first += kLanes) {
    std::fill(block.begin(), block.end(), 0);
    const std::size_t size = std::min(kLanes, n - first);
    for (std::size_t l = 0; l < size; ++l) block[(first + l) * kLanes + l] = 1;
    solve_lower(lower.data(), n, n, block.data(), first);
    for (std::size_t k = first; k < n; ++k)
      for (std::size_t l = 0; l < size; ++l) rows[k * n + first + l] = block[k * kLanes + l];
  }
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t i = 0; i <= k; ++i)
      add_scaled(rows.data() + k * n, rows[k * n + i], i + 1, result.data() + i * n);
  return result;
}

// The penalised negative log likelihood and its gradient by the logarithms of (weights, scale,
// noise).
struct Objective {
  const Points& points;
  std::span<const double> y;

  double operator()(const Hyperparameters& h, std::vector<double>& gradient) const {
    const std::size_t n = points.count, d = points.dimensions();
    const std::vector<double> lower = factor(points, h);
    const std::vector<double> alpha = solve(lower, n, y);
    double value = 0;
    for (std::size_t i = 0; i < n; ++i) value += 0.5 * y[i] * alpha[i] + std::log(lower[i * n + i]);
    for (const double w : h.weights) value += 0.1 / w + 0.1 * w;
    value += h.scale - std::log(h.scale) + 30 * h.noise - 0.1 * std::log(h.noise);

    std::vector<double> w = inverse(lower, n);  // becomes K^-1 - alpha alpha^T, lower triangle
    double trace = 0;
    for (std::size_t i = 0; i < n; ++i) {
      add_scaled(alpha.data(), -alpha[i], i + 1, w.data() + i * n);
      trace += w[i * n + i];
    }
    gradient.assign(d + 2, 0);
    add_slopes(h, w, gradient);
    for (std::size_t j = 0; j < d; ++j)
      gradient[j] = h.weights[j] * gradient[j] - 0.1 / h.weights[j] + 0.1 * h.weights[j];
    gradient[d] += 0.5 * trace * h.scale + h.scale - 1;
    gradient[d + 1] = 0.5 * trace * h.noise + 30 * h.noise - 0.1;
    return value;
  }

 private:
  // Sums over pairs i > l of w_il times the derivative of k_il by each weight, and by ln scale.
  void add_slopes(const Hyperparameters& h, const std::vector<double>& w,
                  std::vector<double>& gradient) const {
    const std::size_t n = points.count, d = points.dimensions();
    std::vector<double> slope(n * kLanes), alone(n * kLanes);
    Between between(points, h.weights);
    for (std::size_t first = 0; first < n; first += kLanes) {
      const std::size_t size = std::min(kLanes, n - first);
      const std::vector<double> c = block_of(points, first);
      between.measure(c.data(), first, n);
      matern_slope(between.r2.data() + first * kLanes, (n - first) * kLanes, between.joint(h.scale),
                   slope.data() + first * kLanes);
      between.to_covariance(first, n, h.scale);
      std::fill(alone.begin(), alone.end(), 0);
      for (std::size_t l = 0; l < size; ++l) {
        const std::size_t row = first + l;
        for (std::size_t i = row + 1; i < n; ++i) {
          const double weight = w[i * n + row];
          gradient[d] += weight * between.r2[i * kLanes + l];
          slope[i * kLanes + l] *= weight;
          alone[i * kLanes + l] = weight * between.alone(h.scale);
        }
        for (std::size_t i = first; i <= row; ++i) slope[i * kLanes + l] = 0;
      }
      for (std::size_t l = size; l < kLanes; ++l)
        for (std::size_t i = first; i < n; ++i) slope[i * kLanes + l] = 0;
      for (std::size_t j = 0; j < d; ++j)
        gradient[j] += slope_by_weight(between.columns[j], first, n, c.data() + j * kLanes,
                                       slope.data(), alone.data());
    }
  }
};

}  // namespace

Points Points::subset(std::span<const std::size_t> rows) const {
  Points some;
  some.count = rows.size();
  some.is_category = is_category;
  some.alone = alone;
  for (const std::vector<double>& column : columns) {
    std::vector<double>& values = some.columns.emplace_back();
    for (const std::size_t row : rows) values.push_back(column[row]);
  }
  return some;
}

Hyperparameters fit(const Points& points, std::span<const double> y, int steps) {
  const std::size_t d = points.dimensions();
  Hyperparameters h{std::vector<double>(d, 1.0), 1.0, 1e-2};
  if (points.count < 2 || d == 0) return h;
  const Objective objective{points, y};
  std::vector<double> gradient, former(d + 2, 0), step(d + 2, 0.5);
  Hyperparameters best = h;
  double best_value = std::numeric_limits<double>::infinity();
  // Resilient steps (Riedmiller and Braun 1993) on logarithms: signs alone, so no scale is needed.
  for (int s = 0; s < steps; ++s) {
    const double value = objective(h, gradient);
    if (value < best_value) {
      best_value = value;
      best = h;
    }
    const auto move = [&](std::size_t j, double& parameter, double low, double high) {
      const double turn = gradient[j] * former[j];
      if (turn > 0) step[j] = std::min(step[j] * 1.4, 1.5);
      if (turn < 0) step[j] *= 0.4;
      former[j] = gradient[j];
      const double sign = gradient[j] > 0 ? -1 : gradient[j] < 0 ? 1 : 0;
      parameter = std::clamp(parameter * std::exp(sign * step[j]), low, high);
    };
    for (std::size_t j = 0; j < d; ++j) move(j, h.weights[j], 1e-3, 1e4);
    move(d, h.scale, 1e-3, 1e3);
    move(d + 1, h.noise, kLeastNoise, 1.0);
  }
  return best;
}

Posterior::Posterior(Points points, std::span<const double> y, Hyperparameters hyper)
    : points_(std::move(points)),
      hyper_(std::move(hyper)),
      observed_(y.size()),
      lower_(factor(points_, hyper_)),
      alpha_(solve(lower_, points_.count, y)) {}

void Posterior::predict(Batch& batch) const {
  Between between(points_, hyper_.weights);
  between.measure(batch.x.data(), 0, points_.count);
  between.to_covariance(0, points_.count, hyper_.scale);
  weighted_sum(between.r2.data(), alpha_.data(), observed_, batch.mean);
  solve_lower(lower_.data(), points_.count, points_.count, between.r2.data());
  sum_of_squares(between.r2.data(), points_.count, batch.variance);
  for (double& v : batch.variance) v = std::max(hyper_.scale - v, 1e-12);
}

std::vector<double> Posterior::means() const {
  std::vector<double> means(points_.count);
  Between between(points_, hyper_.weights);
  for (std::size_t first = 0; first < points_.count; first += kLanes) {
    between.measure(block_of(points_, first).data(), 0, points_.count);
    between.to_covariance(0, points_.count, hyper_.scale);
    double sums[kLanes];
    weighted_sum(between.r2.data(), alpha_.data(), observed_, sums);
    for (std::size_t l = 0; l < kLanes && first + l < points_.count; ++l)
      means[first + l] = sums[l];
  }
  return means;
}

double log_expected_improvement(double mean, double variance, double best) {
  constexpr double kHalfLogTwoPi = 0.91893853320467274178;
  const double sigma = std::sqrt(variance), z = (best - mean) / sigma;
  const double log_density = -0.5 * z * z - kHalfLogTwoPi;
  double log_h;
  if (z > -6) {
    log_h = std::log(std::exp(log_density) + z * 0.5 * std::erfc(-z * std::numbers::sqrt2 / 2));
  } else {  // phi(z) + z Phi(z) by the asymptotic series of Mills' ratio
    const double i = 1 / (z * z);
    log_h = log_density + std::log(i * (1 - i * (3 - i * (15 - 105 * i))));
  }
  return log_h + std::log(sigma);
}

}  // namespace hone::tune::gp
