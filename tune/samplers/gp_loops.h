// The inner loops of the Gaussian process. Candidates, and rows of a block of the Cholesky factor,
// go side by side in lanes, so that no sum is cut up and results do not depend on the instruction
// set.
#pragma once

#include <cstddef>

namespace hone::tune::gp {

constexpr std::size_t kLanes = 32;

// alike(q) = t^3 (3 r + 1) with r = sqrt(q / 14), t = max(1 - r, 0): Wendland's function for one
// dimension with two derivatives.
//
// One dimension of the points: q = weight (x - x')^2 of a number, weight [x != x'] of a category.
struct Column {
  Column(const double* x, bool category, double weight);
  const double* x;  // [n]
  bool category;
  double weight, root, other;  // sqrt(weight / 14); alike(weight)
};
// r2[i][lane] = the sum over dimensions of q between point i, begin <= i < end, and candidate
// `lane`, sum[i][lane] = that of alike(q), where somebody wants it (sum is not null). c:
// candidates, [dimensions, kLanes]; r2 and sum: [end, kLanes].
void measure(const Column* columns, std::size_t dimensions, std::size_t begin, std::size_t end,
             const double* c, double* r2, double* sum);

// r2 becomes joint M(r^2) + alone * sum, M(r^2) = (1 + sqrt5 r + 5 r^2 / 3) e^(-sqrt5 r): Matern
// with smoothness 5/2.
void covariance(double* r2, const double* sum, std::size_t count, double joint, double alone);
// joint times the derivative of M by r^2: -5/6 (1 + sqrt5 r) e^(-sqrt5 r).
void matern_slope(const double* r2, std::size_t count, double joint, double* slope);

// b <- L^-1 b for kLanes right-hand sides. lower: [n, stride], its lower triangle; b: [n, kLanes].
// Rows of b before `first` are zero and stay so.
void solve_lower(const double* lower, std::size_t stride, std::size_t n, double* b,
                 std::size_t first = 0);
// out[lane] = sum over i of w[i] b[i][lane]; and of b[i][lane]^2.
void weighted_sum(const double* b, const double* w, std::size_t n, double* out);
void sum_of_squares(const double* b, std::size_t n, double* out);
// The derivative by the weight of one dimension: the sum over i from `first` to n - 1 and over
// lanes of q / weight (joint[i][lane] + alone[i][lane] alike'(q)). c: [kLanes].
double slope_by_weight(const Column& column, std::size_t first, std::size_t n, const double* c,
                       const double* joint, const double* alone);
// c[l] += a * b[l], l < n.
void add_scaled(const double* b, double a, std::size_t n, double* c);

}  // namespace hone::tune::gp
