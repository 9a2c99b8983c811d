// Closed-form functions to minimise, each as a simple regret (the minimum is 0), and one space with
// branches.
#pragma once

#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "tests/tune/sampler_study.h"

namespace hone::tune::testing {

inline std::vector<double> suggest_box(Suggest& suggest, int count, double low, double high) {
  std::vector<double> x;
  for (int i = 0; i < count; ++i) x.push_back(suggest.real("x" + std::to_string(i), low, high));
  return x;
}

// Dixon and Szego 1978.
inline double branin(Suggest& suggest) {
  constexpr double kPi = std::numbers::pi;
  const double x = suggest.real("x", -5, 10), y = suggest.real("y", 0, 15);
  const double inner = y - 5.1 / (4 * kPi * kPi) * x * x + 5 / kPi * x - 6;
  return inner * inner + 10 * (1 - 1 / (8 * kPi)) * std::cos(x) + 10 - 0.39788735772973816;
}

// Dixon and Szego 1978.
inline double hartmann6(Suggest& suggest) {
  constexpr double kA[4][6] = {{10, 3, 17, 3.5, 1.7, 8},
                               {0.05, 10, 17, 0.1, 8, 14},
                               {3, 3.5, 1.7, 10, 17, 8},
                               {17, 8, 0.05, 10, 0.1, 14}};
  constexpr double kP[4][6] = {{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
                               {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
                               {0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
                               {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381}};
  constexpr double kAlpha[4] = {1, 1.2, 3, 3.2};
  const std::vector<double> x = suggest_box(suggest, 6, 0, 1);
  double sum = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    double exponent = 0;
    for (std::size_t j = 0; j < 6; ++j)
      exponent += kA[i][j] * (x[j] - kP[i][j]) * (x[j] - kP[i][j]);
    sum += kAlpha[i] * std::exp(-exponent);
  }
  return 3.32236801141551 - sum;
}

inline double ackley10(Suggest& suggest) {
  double squares = 0, cosines = 0;
  for (const double x : suggest_box(suggest, 10, -32.768, 32.768)) {
    const double d = x - 3.1;
    squares += d * d / 10;
    cosines += std::cos(2 * std::numbers::pi * d) / 10;
  }
  return -20 * std::exp(-0.2 * std::sqrt(squares)) - std::exp(cosines) + 20 + std::numbers::e;
}

inline double rosenbrock5(Suggest& suggest) {
  const std::vector<double> x = suggest_box(suggest, 5, -5, 5);
  double sum = 0;
  for (std::size_t i = 0; i + 1 < 5; ++i)
    sum += 100 * std::pow(x[i + 1] - x[i] * x[i], 2) + std::pow(1 - x[i], 2);
  return sum;
}

inline double rastrigin5(Suggest& suggest) {
  double sum = 0;
  for (const double x : suggest_box(suggest, 5, -5.12, 5.12)) {
    const double d = x - 0.7;
    sum += d * d - 10 * std::cos(2 * std::numbers::pi * d) + 10;
  }
  return sum;
}

inline double styblinski5(Suggest& suggest) {
  double sum = 5 * 39.16616570377142;
  for (const double x : suggest_box(suggest, 5, -5, 5))
    sum += 0.5 * (x * x * x * x - 16 * x * x + 5 * x);
  return sum;
}

inline double ellipsoid8(Suggest& suggest) {
  double sum = 0, axis = 0;
  for (const double x : suggest_box(suggest, 8, -5, 5))
    sum += std::pow(10.0, 4 * axis++ / 7) * (x - 1.3) * (x - 1.3);
  return sum;
}

// Shaped like tuning a small network: the optimizer decides which learning rate exists.
inline double cond_cnn(Suggest& suggest) {
  const bool adam = suggest("optimizer", CategoricalDistribution{{"adam", "sgd"}}) == 0;
  const double blocks = suggest("n_blocks", IntDistribution{1, 5});
  const double dropout = suggest.real("dropout", 0, 0.6);
  double g;
  if (adam) {
    const double rate = suggest.log_real("adam_lr", 1e-6, 1e-1);
    g = 0.25 * std::pow(std::log10(rate) + 3.2 + 0.15 * blocks, 2);
  } else {
    const double rate = suggest.log_real("sgd_lr", 1e-5, 1);
    const double momentum = suggest.real("momentum", 0, 0.99);
    g = 0.02 + 0.25 * std::pow(std::log10(rate / (1 - momentum)) + 0.8, 2) +
        0.05 * std::pow(momentum - 0.9, 2);
  }
  return g + 0.03 * std::pow(blocks - 3, 2) + 0.8 * std::pow(dropout - 0.12 * blocks, 2);
}

}  // namespace hone::tune::testing
