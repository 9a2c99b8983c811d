// Loops over lanes.
#include "tune/samplers/gp_loops.h"

#include <cmath>

#include "tune/samplers/vector_math.h"

namespace hone::tune::gp {
namespace {

constexpr double kSqrt5 = 2.2360679774997896964;

}  // namespace

HONE_LOOP void add_squares(const double* x, std::size_t n, const double* __restrict c,
                           double weight, double* __restrict r2) {
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t l = 0; l < kLanes; ++l) {
      const double d = x[i] - c[l];
      r2[i * kLanes + l] += weight * (d * d);
    }
}

HONE_LOOP void add_mismatches(const double* x, std::size_t n, const double* __restrict c,
                              double weight, double* __restrict r2) {
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t l = 0; l < kLanes; ++l) r2[i * kLanes + l] += x[i] != c[l] ? weight : 0;
}

HONE_LOOP void matern(double* r2, std::size_t count, double scale) {
  for (std::size_t i = 0; i < count; ++i) {
    const double s = kSqrt5 * std::sqrt(r2[i]);
    const double x = s < 50 ? -s : -50;
    r2[i] = scale * (1 + s + s * s / 3) * exp_of(x);
  }
}

HONE_LOOP void matern_slope(const double* r2, std::size_t count, double scale,
                            double* __restrict slope) {
  for (std::size_t i = 0; i < count; ++i) {
    const double s = kSqrt5 * std::sqrt(r2[i]);
    const double x = s < 50 ? -s : -50;
    slope[i] = -5.0 / 6 * scale * (1 + s) * exp_of(x);
  }
}

HONE_LOOP void solve_lower(const double* lower, std::size_t stride, std::size_t n, double* b,
                           std::size_t first) {
  for (std::size_t i = first; i < n; ++i) {
    double sum[kLanes];
    const double* row = lower + i * stride;
    for (std::size_t l = 0; l < kLanes; ++l) sum[l] = b[i * kLanes + l];
    for (std::size_t k = first; k < i; ++k) {
      const double a = row[k];
      const double* known = b + k * kLanes;
      for (std::size_t l = 0; l < kLanes; ++l) sum[l] -= a * known[l];
    }
    const double inverse = 1 / row[i];
    for (std::size_t l = 0; l < kLanes; ++l) b[i * kLanes + l] = sum[l] * inverse;
  }
}

HONE_LOOP void weighted_sum(const double* b, const double* w, std::size_t n,
                            double* __restrict out) {
  for (std::size_t l = 0; l < kLanes; ++l) out[l] = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t l = 0; l < kLanes; ++l) out[l] += w[i] * b[i * kLanes + l];
}

HONE_LOOP void sum_of_squares(const double* b, std::size_t n, double* __restrict out) {
  for (std::size_t l = 0; l < kLanes; ++l) out[l] = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t l = 0; l < kLanes; ++l) out[l] += b[i * kLanes + l] * b[i * kLanes + l];
}

HONE_LOOP double square_product(const double* x, std::size_t first, std::size_t n,
                                const double* __restrict c, const double* __restrict w) {
  double sums[kLanes] = {}, total = 0;
  for (std::size_t i = first; i < n; ++i)
    for (std::size_t l = 0; l < kLanes; ++l) {
      const double d = x[i] - c[l];
      sums[l] += w[i * kLanes + l] * (d * d);
    }
  for (const double sum : sums) total += sum;
  return total;
}

HONE_LOOP double mismatch_product(const double* x, std::size_t first, std::size_t n,
                                  const double* __restrict c, const double* __restrict w) {
  double sums[kLanes] = {}, total = 0;
  for (std::size_t i = first; i < n; ++i)
    for (std::size_t l = 0; l < kLanes; ++l) sums[l] += x[i] != c[l] ? w[i * kLanes + l] : 0;
  for (const double sum : sums) total += sum;
  return total;
}

HONE_LOOP void add_scaled(const double* b, double a, std::size_t n, double* __restrict c) {
  for (std::size_t l = 0; l < n; ++l) c[l] += a * b[l];
}

}  // namespace hone::tune::gp
