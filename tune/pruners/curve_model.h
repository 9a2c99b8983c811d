// Learning curves as random mixtures of decays: a hierarchical Bayesian regression.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace hone::tune {

// A report: `time` is its place in a whole training, above 0, 1 at the end.
struct CurvePoint {
  double time = 0, value = 0;
};

// A value to come: Student's t distribution with a whole number of degrees of freedom.
struct CurveForecast {
  double mean = 0, scale = 1;
  int freedom = 1;

  // The probability that it will be less than `bar`.
  double below(double bar) const;
  // The half width of the central interval that holds it with this probability, above 0, below 1.
  double half_width(double probability) const;
};

// The value at time u is w0 + w1 exp(-u) + w2 exp(-4 u) + w3 exp(-16 u) + noise. Each curve has its
// own w, drawn from one normal distribution that all share: its mean and covariance, and the
// variance of the noise, are the most probable ones given all curves, under weak conjugate priors
// (normal-inverse-Wishart, inverse gamma), found by expectation maximisation (Laird and Ware,
// "Random-effects models for longitudinal data", Biometrics 38, 1982). The forecast of another
// curve is the posterior of its w after its own points, with the spread and the degrees of freedom
// of the posterior predictive distribution (Gelman et al., "Bayesian Data Analysis", section 3.6),
// for which only whole curves are counted. Values are expected in units of order 1. A value; const
// calls from any thread.
class CurveModel {
 public:
  static constexpr std::size_t kTerms = 4;
  using Vector = std::array<double, kTerms>;
  using Matrix = std::array<Vector, kTerms>;

  // Curves of finite points, at least one point in all; `whole` of them, at least 1, go to the end.
  CurveModel(const std::vector<std::vector<CurvePoint>>& curves, int whole);

  // The value that a curve with these finite points will have at `time`.
  CurveForecast forecast(std::span<const CurvePoint> points, double time) const;

 private:
  Vector mean_{};       // of w
  Matrix precision_{};  // the inverse of the predictive spread of w
  double noise_ = 1;    // variance
  int whole_ = 1;
};

}  // namespace hone::tune
