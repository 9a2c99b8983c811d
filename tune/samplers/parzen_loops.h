// The inner loops of the Parzen estimator: plain, branch-free where it pays, so that compilers use
// SIMD.
//
// Results do not depend on the instruction set: every element is computed alone, sums have a fixed
// order, and the exponential is our own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hone::tune {

// sums[i] -= ((x - centre[i]) * scale[i])^2.
void subtract_squares(double x, std::span<const double> centre, std::span<const double> scale,
                      std::span<double> sums);

// ln of the sum of e^term; -inf for terms that all are. Overwrites the terms. Relative error of the
// sum: 1e-15.
double log_sum_exp(std::span<double> terms);

// Indices of `values` in ascending order, equal ones by index. Values lie in [low, high]. Linear
// time unless they crowd.
std::vector<std::uint32_t> sorted_order(std::span<const double> values, double low, double high);

}  // namespace hone::tune
