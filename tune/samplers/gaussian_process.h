// A Gaussian process on numbers and categories: hyperparameters, factor, predictions.
//
// Covariance: a part of it sees all dimensions together, a part (`alone`) each by itself. With
// q_j = weight_j (x_j - x'_j)^2 of a number, weight_j [x_j != x'_j] of a category, r^2 the sum of
// them:
//
//   k(x, x') = scale ((1 - alone) (1 + sqrt5 r + 5 r^2 / 3) e^(-sqrt5 r)
//                     + alone * mean over j of alike(q_j)) + noise [same point]
//
// and alike(q) of tune/samplers/gp_loops.h. So what is a sum of functions of one parameter each is
// learned from few trials, in all parameters at once, and what is not is learned all the same.
// Sources: Rasmussen and Williams 2006, chapters 2, 4 and 5; sums over dimensions: Duvenaud et al.
// 2011; Wendland 1995; the priors are those of Optuna's GPSampler. No BLAS and no libm in the
// loops: fixed order, own exponential.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "tune/samplers/gp_loops.h"

namespace hone::tune::gp {

// Points column by column.
struct Points {
  std::size_t count = 0;
  std::vector<std::vector<double>> columns;  // [dimensions][count]
  std::vector<char> is_category;             // [dimensions]
  double alone = 0.5;  // the share of the covariance that sees each dimension by itself
  std::size_t dimensions() const { return columns.size(); }
  // Some of the points, in this order.
  Points subset(std::span<const std::size_t> rows) const;
};

struct Hyperparameters {
  std::vector<double> weights;  // [dimensions], 1 / length scale^2
  double scale = 1;
  double noise = 1e-2;
};

// Their most probable values given standardised values y: penalty sum(0.1 / w + 0.1 w), scale ~
// Gamma(2, 1), noise ~ Gamma(1.1, 30) and >= 1e-6. A fixed number of resilient gradient steps from
// a fixed start, so a function of the arguments alone.
Hyperparameters fit(const Points& points, std::span<const double> y, int steps);

// kLanes candidates: coordinates [dimensions, kLanes].
struct Batch {
  std::vector<double> x;
  double mean[kLanes] = {}, variance[kLanes] = {};
};

// Immutable after construction; any thread.
class Posterior {
 public:
  // The first y.size() points are observed; the others count as observed at their posterior mean:
  // they take variance away and leave the mean as it is.
  Posterior(Points points, std::span<const double> y, Hyperparameters hyper);

  // Fills mean and variance (of the function without noise, at least 1e-12).
  void predict(Batch& batch) const;
  // The posterior mean at each point.
  std::vector<double> means() const;
  const Hyperparameters& hyper() const { return hyper_; }
  const Points& points() const { return points_; }

 private:
  Points points_;
  Hyperparameters hyper_;
  std::size_t observed_;
  std::vector<double> lower_;  // [count, count], Cholesky factor
  std::vector<double> alpha_;  // [observed]: K^-1 y
};

// ln of the expected improvement below `best`, up to rounding far into the tail.
double log_expected_improvement(double mean, double variance, double best);

}  // namespace hone::tune::gp
