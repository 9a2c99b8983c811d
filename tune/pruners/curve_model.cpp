// The regression: expectation maximisation over the weights of all curves.
#include "tune/pruners/curve_model.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hone::tune {
namespace {

constexpr std::size_t kTerms = CurveModel::kTerms;
using Vector = CurveModel::Vector;
using Matrix = CurveModel::Matrix;

// The priors, in units of the values. Few curves say little about a covariance: the prior counts as
// two more than it needs to have a mean.
constexpr double kSpread = 0.3;          // variance of a weight
constexpr double kDegrees = kTerms + 3;  // of the inverse Wishart distribution
constexpr double kMeanCounts = 0.05;     // curves that the prior mean 0 is worth
constexpr double kNoise = 0.003;         // variance of the noise
constexpr double kNoiseCounts = 3;       // points that it is worth
constexpr int kRounds = 40;

Vector terms(double time) {
  return {1, std::exp(-time), std::exp(-4 * time), std::exp(-16 * time)};
}

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < kTerms; ++i) sum += a[i] * b[i];
  return sum;
}

Vector times(const Matrix& m, const Vector& v) {
  Vector result{};
  for (std::size_t i = 0; i < kTerms; ++i) result[i] = dot(m[i], v);
  return result;
}

void add_scaled(Matrix& to, const Matrix& m, double scale) {
  for (std::size_t i = 0; i < kTerms; ++i)
    for (std::size_t j = 0; j < kTerms; ++j) to[i][j] += scale * m[i][j];
}

void add_square(Matrix& to, const Vector& v, double scale) {
  for (std::size_t i = 0; i < kTerms; ++i)
    for (std::size_t j = 0; j < kTerms; ++j) to[i][j] += scale * v[i] * v[j];
}

// The inverse of a symmetric positive definite matrix, by Gauss-Jordan steps along the diagonal.
Matrix inverse(Matrix m) {
  for (std::size_t k = 0; k < kTerms; ++k) {
    const double pivot = 1 / m[k][k];
    const Vector row = m[k];
    for (std::size_t i = 0; i < kTerms; ++i) {
      if (i == k) continue;
      const double factor = m[i][k] * pivot;
      for (std::size_t j = 0; j < kTerms; ++j) m[i][j] -= factor * row[j];
      m[i][k] = -factor;
    }
    for (std::size_t j = 0; j < kTerms; ++j) m[k][j] = row[j] * pivot;
    m[k][k] = pivot;
  }
  return m;
}

// What a curve says about its weights: with x the terms at its points, the sums of x x^T, x y, y y.
struct Sums {
  Matrix xx{};
  Vector xy{};
  double yy = 0;
};

Sums sums_of(std::span<const CurvePoint> points) {
  Sums sums;
  for (const CurvePoint& point : points) {
    const Vector x = terms(point.time);
    add_square(sums.xx, x, 1);
    for (std::size_t i = 0; i < kTerms; ++i) sums.xy[i] += x[i] * point.value;
    sums.yy += point.value * point.value;
  }
  return sums;
}

// The weights of a curve after its points.
struct Posterior {
  Vector mean{};
  Matrix covariance{};
};

Posterior posterior(const Sums& sums, const Vector& mean, const Matrix& precision, double noise) {
  Matrix after = precision;
  add_scaled(after, sums.xx, 1 / noise);
  Vector pull = times(precision, mean);
  for (std::size_t i = 0; i < kTerms; ++i) pull[i] += sums.xy[i] / noise;
  Posterior result{{}, inverse(after)};
  result.mean = times(result.covariance, pull);
  return result;
}

// Abramowitz and Stegun, 26.7.3 and 26.7.4: the probability of lying within t of the middle.
double within(double t, int freedom) {
  const double angle = std::atan(t / std::sqrt(double{1} * freedom));
  const double cosine = std::cos(angle), square = cosine * cosine;
  const bool odd = freedom % 2 == 1;
  double term = odd ? cosine : 1, sum = 0;
  for (int k = odd ? 1 : 0; k < freedom - 1; k += 2) {
    sum += term;
    term *= square * (k + 1) / (k + 2);
  }
  if (!odd) return std::sin(angle) * sum;
  return 2 / std::numbers::pi * (angle + std::sin(angle) * sum);
}

}  // namespace

double CurveForecast::below(double bar) const {
  const double t = (bar - mean) / scale;
  return std::clamp(0.5 * (1 + within(t, freedom)), 0.0, 1.0);  // rounding may leave it
}

double CurveForecast::half_width(double probability) const {
  double low = 0, high = 1;
  while (within(high, freedom) < probability && high < 1e9) high *= 2;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (within(middle, freedom) < probability ? low : high) = middle;
  }
  return scale * high;
}

CurveModel::CurveModel(const std::vector<std::vector<CurvePoint>>& curves, int whole)
    : noise_(kNoise), whole_(whole) {
  std::vector<Sums> known;
  double points = 0;
  for (const std::vector<CurvePoint>& curve : curves) {
    known.push_back(sums_of(curve));
    points += static_cast<double>(curve.size());
  }
  const double count = static_cast<double>(curves.size());
  Matrix spread{};
  for (std::size_t i = 0; i < kTerms; ++i) spread[i][i] = 1;
  std::vector<Vector> weights(known.size());
  Matrix scatter{};
  for (int round = 0; round < kRounds; ++round) {
    const Matrix precision = inverse(spread);
    Vector sum{};
    scatter = {};
    double missed = 0;  // squares that the weights do not explain
    for (std::size_t c = 0; c < known.size(); ++c) {
      const Posterior found = posterior(known[c], mean_, precision, noise_);
      weights[c] = found.mean;
      const Vector pull = times(known[c].xx, found.mean);
      missed += known[c].yy - 2 * dot(found.mean, known[c].xy) + dot(found.mean, pull);
      for (std::size_t i = 0; i < kTerms; ++i) {
        sum[i] += found.mean[i];
        missed += dot(known[c].xx[i], found.covariance[i]);
      }
      add_scaled(scatter, found.covariance, 1);
    }
    for (std::size_t i = 0; i < kTerms; ++i) {
      mean_[i] = sum[i] / (kMeanCounts + count);
      scatter[i][i] += kSpread;
    }
    add_square(scatter, mean_, kMeanCounts);
    for (const Vector& w : weights) {
      Vector off{};
      for (std::size_t i = 0; i < kTerms; ++i) off[i] = w[i] - mean_[i];
      add_square(scatter, off, 1);
    }
    spread = {};
    add_scaled(spread, scatter, 1 / (kDegrees + count));
    noise_ = (kNoise * kNoiseCounts + missed) / (kNoiseCounts + points);
  }
  // The spread of the posterior predictive distribution; the mean is known from the whole curves.
  Matrix predictive{};
  add_scaled(predictive, scatter,
             (1 + 1 / (kMeanCounts + whole)) / (kDegrees + count - kTerms + 1));
  precision_ = inverse(predictive);
}

CurveForecast CurveModel::forecast(std::span<const CurvePoint> points, double time) const {
  const Posterior found = posterior(sums_of(points), mean_, precision_, noise_);
  const Vector x = terms(time);
  const double variance = dot(x, times(found.covariance, x)) + noise_;
  return {dot(x, found.mean), std::sqrt(variance), whole_ + 2};
}

}  // namespace hone::tune
