// The inner loops of the Gaussian process. Candidates, and rows of a block of the Cholesky factor,
// go side by side in lanes, so that no sum is cut up and results do not depend on the instruction
// set.
#pragma once

#include <cstddef>

namespace hone::tune::gp {

constexpr std::size_t kLanes = 32;

// r2[i][lane] += weight (x[i] - c[lane])^2, or weight where x[i] != c[lane]. x: [n], c: [kLanes],
// r2: [n, kLanes].
void add_squares(const double* x, std::size_t n, const double* c, double weight, double* r2);
void add_mismatches(const double* x, std::size_t n, const double* c, double weight, double* r2);

// r^2 -> scale (1 + sqrt5 r + 5 r^2 / 3) e^(-sqrt5 r), in place: Matern with smoothness 5/2.
void matern(double* r2, std::size_t count, double scale);
// r^2 -> its derivative by r^2: -5/6 scale (1 + sqrt5 r) e^(-sqrt5 r).
void matern_slope(const double* r2, std::size_t count, double scale, double* slope);

// b <- L^-1 b for kLanes right-hand sides. lower: [n, stride], its lower triangle; b: [n, kLanes].
// Rows of b before `first` are zero and stay so.
void solve_lower(const double* lower, std::size_t stride, std::size_t n, double* b,
                 std::size_t first = 0);
// out[lane] = sum over i of w[i] b[i][lane]; and of b[i][lane]^2.
void weighted_sum(const double* b, const double* w, std::size_t n, double* out);
void sum_of_squares(const double* b, std::size_t n, double* out);
// The sum over i from `first` to n - 1 and over lanes of w[i][lane] (x[i] - c[lane])^2, or of
// w[i][lane] where x[i] != c[lane].
double square_product(const double* x, std::size_t first, std::size_t n, const double* c,
                      const double* w);
double mismatch_product(const double* x, std::size_t first, std::size_t n, const double* c,
                        const double* w);
// c[l] += a * b[l], l < n.
void add_scaled(const double* b, double a, std::size_t n, double* c);

}  // namespace hone::tune::gp
