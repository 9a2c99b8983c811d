// Truncated normal distribution in logarithms.
#include "tune/samplers/truncated_normal.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace hone::tune {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kHalfLogTwoPi = 0.91893853320467274178;  // ln(2 pi) / 2
constexpr double kInverseSqrt2 = std::numbers::sqrt2 / 2;

double normal_cdf(double z) { return 0.5 * std::erfc(-z * kInverseSqrt2); }

// ln(e^x + e^y).
double log_add(double x, double y) {
  if (x < y) std::swap(x, y);
  return y == -kInfinity ? x : x + std::log1p(std::exp(y - x));
}

// The series 1 - 1/z^2 + 3/z^4 - 15/z^6 + ...: Phi(z) = phi(z) / -z times this, for z far below 0.
double mills_series(double z) {
  const double inverse = 1 / (z * z);
  double sum = 1, term = 1;
  for (int k = 1; k < 100; ++k) {
    term *= -(2 * k - 1) * inverse;
    const double next = sum + term;
    if (next == sum) break;
    sum = next;
  }
  return sum;
}

// Inverse of ln Phi for y <= ln(1/2), that is for z <= 0.
double lower_quantile(double y) {
  if (y == -kInfinity) return -kInfinity;
  // Starts: the leading term of the tail, or the logistic curve of the same variance.
  double z = y < -5 ? -std::sqrt(-2 * (y + kHalfLogTwoPi))
                    : -std::numbers::sqrt3 / std::numbers::pi * std::log(std::expm1(-y));
  for (int i = 0; i < 100; ++i) {
    const double value = log_normal_cdf(z);
    // f / f' with f' = phi(z) / Phi(z), formed in logarithms.
    const double step = (value - y) * std::exp(value + 0.5 * z * z + kHalfLogTwoPi);
    z -= step;
    if (!(std::abs(step) > 1e-12 * std::abs(z))) break;
  }
  return z;
}

// Inverse of ln Phi for any y <= 0.
double normal_quantile_of_log(double y) {
  if (y <= -std::numbers::ln2) return lower_quantile(y);
  // Near Phi = 1 the upper tail 1 - Phi is what carries the digits.
  return y < 0 ? -lower_quantile(std::log(-std::expm1(y))) : kInfinity;
}

double horner(const double (&c)[8], double x) {
  double sum = c[7];
  for (int k = 6; k >= 0; --k) sum = sum * x + c[k];
  return sum;
}

// The inverse of Phi by Wichura's rational functions (Applied Statistics 37, 1988, algorithm AS
// 241), exact to 1e-16: at Phi = 0.5 + s for |s| <= 0.425 ...
double middle_quantile(double s) {
  static constexpr double kTop[8] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                                     1.9715909503065514427e3, 1.3731693765509461125e4,
                                     4.5921953931549871457e4, 6.7265770927008700853e4,
                                     3.3430575583588128105e4, 2.5090809287301226727e3};
  static constexpr double kBottom[8] = {1,
                                        4.2313330701600911252e1,
                                        6.8718700749205790830e2,
                                        5.3941960214247511077e3,
                                        2.1213794301586595867e4,
                                        3.9307895800092710610e4,
                                        2.8729085735721942674e4,
                                        5.2264952788528545610e3};
  const double r = 0.180625 - s * s;
  return s * horner(kTop, r) / horner(kBottom, r);
}

// ... and, positive, where the upper tail is e^-25 to 0.075.
double tail_quantile(double tail) {
  static constexpr double kTop[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                     5.76949722146069140550e0,  3.64784832476320460504e0,
                                     1.27045825245236838258e0,  2.41780725177450611770e-1,
                                     2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static constexpr double kBottom[8] = {1,
                                        2.05319162663775882187e0,
                                        1.67638483018380384940e0,
                                        6.89767334985100004550e-1,
                                        1.48103976427480074590e-1,
                                        1.51986665636164571966e-2,
                                        5.47593808499534494600e-4,
                                        1.05075007164441684324e-9};
  const double r = std::sqrt(-std::log(tail)) - 1.6;
  return horner(kTop, r) / horner(kBottom, r);
}

// Phi(z) - 1/2 for z >= 0.
double half_mass(double z) { return 0.5 * std::erf(z * kInverseSqrt2); }

}  // namespace

double log_normal_cdf(double z) {
  if (z > 0) return std::log1p(-normal_cdf(-z));
  if (z > -20) return std::log(normal_cdf(z));
  if (z == -kInfinity) return -kInfinity;
  return -0.5 * z * z - std::log(-z) - kHalfLogTwoPi + std::log(mills_series(z));
}

double normal_tail(double z) { return normal_cdf(-std::abs(z)); }

double log_normal_mass(double a, double b) {
  // Below -20 the logarithm is formed without the tails.
  if (a > 20 || b < -20) return log_normal_mass(a, b, 0, 0);
  return log_normal_mass(a, b, normal_tail(a), normal_tail(b));
}

double log_normal_mass(double a, double b, double tail_a, double tail_b) {
  if (!(a < b)) return -kInfinity;
  if (a > 0) return log_normal_mass(-b, -a, tail_b, tail_a);
  const double width = b - a, middle = a + 0.5 * width;
  if (width * (1 + std::abs(middle)) < 1e-3) {
    // A narrow cell: Phi(b) - Phi(a) would cancel. Taylor's series about the middle, next term
    // below 1e-15.
    return -0.5 * middle * middle - kHalfLogTwoPi + std::log(width) +
           std::log1p(width * width * (middle * middle - 1) / 24);
  }
  if (b > 0) {
    const double outside = tail_a + tail_b;
    // log1p is for nearly full mass; below one half the difference itself is exact enough.
    return outside < 0.5
               ? std::log1p(-outside)
               : std::log(0.5 * (std::erf(b * kInverseSqrt2) - std::erf(a * kInverseSqrt2)));
  }
  if (b > -20) return std::log(tail_b - tail_a);
  const double top = log_normal_cdf(b);
  if (top == -kInfinity) return top;
  return top + std::log1p(-std::exp(log_normal_cdf(a) - top));
}

double truncated_normal_quantile(double q, double a, double b) {
  if (q <= 0) return a;
  if (q >= 1) return b;
  if (a <= 0 && b >= 0) {  // no logarithms are needed but far out
    const double left = half_mass(-a), whole = left + half_mass(b), s = q * whole - left;
    if (std::abs(s) <= 0.425) return std::clamp(middle_quantile(s), a, b);
    const double tail = s < 0 ? normal_cdf(a) + q * whole : normal_cdf(-b) + (1 - q) * whole;
    if (tail > 1.4e-11) return std::clamp(s < 0 ? -tail_quantile(tail) : tail_quantile(tail), a, b);
  }
  const double mass = log_normal_mass(a, b);
  // Solved from the end whose tail is the smaller number, so that digits survive.
  const double z =
      a < 0 ? normal_quantile_of_log(log_add(log_normal_cdf(a), std::log(q) + mass))
            : -normal_quantile_of_log(log_add(log_normal_cdf(-b), std::log1p(-q) + mass));
  return std::clamp(z, a, b);
}

double truncated_normal_log_pdf(double z, double a, double b) {
  if (z < a || z > b) return -kInfinity;
  return -0.5 * z * z - kHalfLogTwoPi - log_normal_mass(a, b);
}

}  // namespace hone::tune
