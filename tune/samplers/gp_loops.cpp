// Loops over lanes.
#include "tune/samplers/gp_loops.h"

#include <cmath>
#include <cstring>

#include "tune/samplers/vector_math.h"

namespace hone::tune::gp {
namespace {

constexpr double kSqrt5 = 2.2360679774997896964;

constexpr std::size_t kGroup = 8;  // lanes in one register of AVX-512
using Group [[gnu::vector_size(kGroup * sizeof(double))]] = double;

double root_of(double weight) { return std::sqrt(weight / 14); }

// `alike` and its derivative by q, at r = sqrt(q / 14).
[[gnu::always_inline]] inline double alike(double r) {
  const double t = r < 1 ? 1 - r : 0;
  return t * t * t * (4 - 3 * t);
}
[[gnu::always_inline]] inline double alike_slope(double r) {
  const double t = r < 1 ? 1 - r : 0;
  return -6.0 / 14 * (t * t);
}

}  // namespace

Column::Column(const double* x_in, bool category_in, double weight_in)
    : x(x_in),
      category(category_in),
      weight(weight_in),
      root(root_of(weight_in)),
      other(alike(root)) {}

HONE_LOOP void measure(const Column* columns, std::size_t dimensions, std::size_t begin,
                       std::size_t end, const double* c, double* __restrict r2,
                       double* __restrict sum) {
  constexpr std::size_t kRows = 4;  // side by side, so that what belongs to a column is read once
  for (std::size_t group = 0; group < kLanes; group += kGroup)
    for (std::size_t first = begin; first < end; first += kRows) {
      std::size_t rows[kRows];
      for (std::size_t r = 0; r < kRows; ++r) rows[r] = first + r < end ? first + r : end - 1;
      Group squares[kRows] = {}, likeness[kRows] = {};
      for (std::size_t j = 0; j < dimensions; ++j) {
        const Column& column = columns[j];
        const double *x = column.x, weight = column.weight, root = column.root;
        Group at;
        std::memcpy(&at, c + j * kLanes + group, sizeof at);
        if (column.category) {
          for (std::size_t r = 0; r < kRows; ++r) {
            squares[r] += at != x[rows[r]] ? Group{} + weight : Group{};
            likeness[r] += at != x[rows[r]] ? Group{} + column.other : Group{} + 1.0;
          }
        } else if (sum == nullptr) {
          for (std::size_t r = 0; r < kRows; ++r) {
            const Group d = at - x[rows[r]];
            squares[r] += weight * (d * d);
          }
        } else {
#pragma GCC unroll 4
          for (std::size_t r = 0; r < kRows; ++r) {
            // alike() by hand: a vector must not pass through a function of one set.
            const Group d = at - x[rows[r]], opposite = x[rows[r]] - at;
            Group t = 1 - root * (d > opposite ? d : opposite);
            t = t > 0 ? t : Group{};
            squares[r] += weight * (d * d);
            likeness[r] += t * t * t * (4 - 3 * t);
          }
        }
      }
      for (std::size_t r = 0; r < kRows; ++r) {
        std::memcpy(r2 + rows[r] * kLanes + group, &squares[r], sizeof(Group));
        if (sum != nullptr)
          std::memcpy(sum + rows[r] * kLanes + group, &likeness[r], sizeof(Group));
      }
    }
}

HONE_LOOP void covariance(double* __restrict r2, const double* __restrict sum, std::size_t count,
                          double joint, double alone) {
  for (std::size_t i = 0; i < count; ++i) {
    const double s = kSqrt5 * std::sqrt(r2[i]);
    const double x = s < 50 ? -s : -50;
    r2[i] = joint * ((1 + s + s * s / 3) * exp_of(x)) + alone * sum[i];
  }
}

HONE_LOOP void matern_slope(const double* r2, std::size_t count, double joint,
                            double* __restrict slope) {
  for (std::size_t i = 0; i < count; ++i) {
    const double s = kSqrt5 * std::sqrt(r2[i]);
    const double x = s < 50 ? -s : -50;
    slope[i] = -5.0 / 6 * joint * (1 + s) * exp_of(x);
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

HONE_LOOP double slope_by_weight(const Column& column, std::size_t first, std::size_t n,
                                 const double* __restrict c, const double* __restrict joint,
                                 const double* __restrict alone) {
  const double root = column.root, far = alike_slope(root);
  const double* x = column.x;
  double sums[kLanes] = {}, total = 0;
  for (std::size_t i = first; i < n; ++i)
    for (std::size_t l = 0; l < kLanes; ++l) {
      const double d = x[i] - c[l];
      const double at = column.category ? far : alike_slope(root * std::abs(d));
      const double square = column.category ? (x[i] != c[l] ? 1.0 : 0.0) : d * d;
      sums[l] += (joint[i * kLanes + l] + alone[i * kLanes + l] * at) * square;
    }
  for (const double sum : sums) total += sum;
  return total;
}

HONE_LOOP void add_scaled(const double* b, double a, std::size_t n, double* __restrict c) {
  for (std::size_t l = 0; l < n; ++l) c[l] += a * b[l];
}

}  // namespace hone::tune::gp
