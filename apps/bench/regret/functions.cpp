// The functions; sources of the classical ones: Ackley 1987, Levy 1985, Griewank 1981, Rosenbrock
// 1960.
#include "apps/bench/regret/functions.h"

#include <array>
#include <cmath>
#include <numbers>

#include "base/philox.h"

namespace hone::bench {
namespace {

using Point = std::vector<double>;
constexpr double kPi = std::numbers::pi;

double square(double x) { return x * x; }
double number(int i) { return static_cast<double>(i); }
std::size_t at(int i) { return static_cast<std::size_t>(i); }
std::string numbered(const std::string& name, int i) { return name + static_cast<char>('0' + i); }

// Where the minimum lies in dimension i of [-5, 5].
double shift(std::size_t i) { return 5 * (0.62 * std::sin(2.3 * static_cast<double>(i) + 1.1)); }

Point box(Draws& t, int d) {
  Point x;
  for (int i = 0; i < d; ++i) x.push_back(t.real(numbered("x", i), -5, 5));
  return x;
}

Point shifted(Point x, double share = 1) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] -= share * shift(i);
  return x;
}

Point rotated(Point z, double twist) {
  for (std::size_t i = 0; i < z.size(); ++i)
    for (std::size_t j = i + 1; j < z.size(); ++j) {
      const double a =
          twist * (0.7 * static_cast<double>(i + 1) + 0.3 * static_cast<double>(j + 1));
      const double c = std::cos(a), s = std::sin(a), u = z[i], v = z[j];
      z[i] = c * u - s * v;
      z[j] = s * u + c * v;
    }
  return z;
}

Evaluation sphere(Draws& t) {
  double sum = 0;
  for (const double z : shifted(box(t, 5))) sum += z * z;
  return {sum};
}

Evaluation ellipsoid(Draws& t) {
  double sum = 0, axis = 0;
  for (const double z : rotated(shifted(box(t, 6)), 1)) sum += std::pow(10, 3 * axis++ / 5) * z * z;
  return {0.01 * sum};
}

Evaluation rosenbrock(Draws& t) {
  Point z = shifted(box(t, 4), 0.4);
  for (double& v : z) v += 1;
  double sum = 0;
  for (std::size_t i = 0; i < 3; ++i)
    sum += 100 * square(z[i + 1] - z[i] * z[i]) + square(1 - z[i]);
  return {0.01 * sum};
}

Evaluation ackley(Draws& t) {
  double squares = 0, cosines = 0;
  for (const double z : rotated(shifted(box(t, 5)), 0.5)) {
    squares += z * z;
    cosines += std::cos(2 * kPi * z);
  }
  return {-20 * std::exp(-0.2 * std::sqrt(squares / 5)) - std::exp(cosines / 5) + 20 +
          std::numbers::e};
}

Evaluation levy(Draws& t) {
  Point w = shifted(box(t, 5));
  for (double& v : w) v = 1 + 0.4 * v;
  double sum = square(std::sin(kPi * w[0]));
  for (std::size_t i = 0; i < 4; ++i)
    sum += square(w[i] - 1) * (1 + 10 * square(std::sin(kPi * w[i] + 1)));
  return {sum + square(w[4] - 1) * (1 + square(std::sin(2 * kPi * w[4])))};
}

Evaluation griewank(Draws& t) {
  double squares = 0, product = 1, axis = 1;
  for (const double z : rotated(shifted(box(t, 4)), 0.3)) {
    squares += 9 * z * z;
    product *= std::cos(3 * z / std::sqrt(axis++));
  }
  return {squares / 100 + 1 - product};
}

Evaluation noisy_bowl(Draws& t) {
  double sum = 0, axis = 1;
  for (const double z : rotated(shifted(box(t, 4)), 0.8)) sum += axis++ * z * z;
  return {sum / 40};
}

Evaluation noisy_wells(Draws& t) {
  constexpr double kMinimum = 0.39023536488678573;
  const Point x = box(t, 3);
  double deep = 0, flat = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    deep += square(x[i] - shift(i));
    flat += square(x[i] + shift(i));
  }
  return {1 - std::exp(-deep / 4) + 0.4 * (1 - std::exp(-flat / 12)) - kMinimum};
}

Evaluation corners(Draws& t) {
  double sum = 0, axis = 0;
  for (const double z : rotated(shifted(box(t, 5)), 0.4)) sum += (1 + 0.5 * axis++) * std::abs(z);
  return {sum / 5};
}

Evaluation terraces(Draws& t) {
  double stairs = 0, slope = 0, axis = 1;
  for (const double z : shifted(box(t, 5))) {
    stairs += axis++ * square(std::floor(std::abs(z) * 2));
    slope += z * z;
  }
  return {stairs / 40 + 1e-3 * slope};
}

Evaluation mixed_net(Draws& t) {
  const double rate = std::log10(t.log("rate", 1e-5, 1)),
               decay = std::log10(t.log("decay", 1e-6, 1e-1));
  const int layers = t.integer("layers", 1, 8), width = t.log_integer("width", 8, 512);
  const int kind = t.choice("activation", 3);
  const double best = std::array{-2.3, -3.1, -2.7}[at(kind)];
  return {0.2 * square(rate - best + 0.1 * layers) + 0.03 * square(decay + 3.4) +
          0.04 * square(layers - std::array{5.0, 2.0, 4.0}[at(kind)]) +
          0.05 * square(std::log2(number(width)) - 6) + std::array{0.0, 0.05, 0.02}[at(kind)]};
}

Evaluation mixed_grid(Draws& t) {
  constexpr double kGoal[4][4] = {{4, 17, 9, 13}, {15, 3, 12, 6}, {8, 8, 2, 19}, {11, 14, 5, 1}};
  std::array<double, 4> z{};
  for (int i = 0; i < 4; ++i) z[at(i)] = t.integer(numbered("p", i), 0, 20);
  const std::size_t kind = at(t.choice("kind", 4));
  double sum = 0;
  for (std::size_t i = 0; i < 4; ++i) sum += square(z[i] -= kGoal[kind][i]);
  return {(sum + 0.8 * z[0] * z[1]) / 100 + std::array{0.1, 0.0, 0.2, 0.05}[kind]};
}

Evaluation mixed_choices(Draws& t) {
  constexpr double kCost[4][4] = {
      {0.0, 0.3, 0.1, 0.4}, {0.2, 0.0, 0.3, 0.1}, {0.15, 0.4, 0.0, 0.25}, {0.3, 0.2, 0.1, 0.0}};
  std::array<int, 4> k{};
  for (int i = 0; i < 4; ++i) k[at(i)] = t.choice(numbered("c", i), 4);
  double sum = 0;
  for (std::size_t i = 0; i < 4; ++i) sum += kCost[i][at(k[i])];
  if (k[0] == 2 && k[3] == 1) sum -= 0.15;  // better than its parts, no better than the best
  for (int i = 0; i < 3; ++i)
    sum += square(t.real(numbered("x", i), 0, 1) - 0.2 - 0.17 * k[at(i)] - 0.1 * i);
  return {sum};
}

Evaluation mixed_steps(Draws& t) {
  const double drop = t.step("drop", 0, 0.9, 0.1);
  const int batch = t.choice("batch", 5);
  const double rate = std::log10(t.log("rate", 1e-5, 1));
  const double momentum = t.real("momentum", 0, 0.99);
  const int depth = t.integer("depth", 2, 12);
  const double ideal = -2.5 + 0.3 * (batch - 2) + 0.8 * (momentum - 0.6);
  return {0.3 * square(rate - ideal) + square(drop - 0.3) + 0.02 * square(batch - 3) +
          0.3 * square(momentum - 0.85) + 0.015 * square(depth - 7) +
          0.05 * std::abs(std::sin(1.3 * (depth - 7)))};
}

double leaf_bowl(Draws& t, const std::string& name, int d, double goal, double scale) {
  double sum = 0;
  for (int i = 0; i < d; ++i)
    sum += square(t.real(numbered(name + "_", i), 0, 1) - goal - 0.13 * i);
  return scale * sum;
}

Evaluation cond_optimizer(Draws& t) {
  const int kind = t.choice("optimizer", 3), blocks = t.integer("blocks", 1, 6);
  const double drop = t.real("drop", 0, 0.7);
  double g = 0;
  if (kind == 0) {
    g = 0.25 * square(std::log10(t.log("adam_rate", 1e-6, 1e-1)) + 2.6 + 0.12 * blocks);
  } else if (kind == 1) {
    const double rate = t.log("sgd_rate", 1e-5, 1), momentum = t.real("momentum", 0, 0.99);
    g = 0.015 + 0.25 * square(std::log10(rate / (1 - momentum)) + 0.5) +
        0.1 * square(momentum - 0.8);
  } else {
    const double rate = t.log("lion_rate", 1e-6, 1e-2), decay = t.real("lion_decay", 0, 1);
    g = 0.04 + 0.3 * square(std::log10(rate) + 3.8) + 0.2 * square(decay - 0.35);
  }
  return {g + 0.03 * square(blocks - 4) + 0.7 * square(drop - 0.1 * blocks), kind, 0};
}

Evaluation cond_tree2(Draws& t) {
  const int top = t.choice("model", 3);
  if (top == 0) return {0.12 + leaf_bowl(t, "linear", 2, 0.3, 1), 0, 2};
  const int sub = t.choice(top == 1 ? "forest_kind" : "net_kind", 3);
  const int leaf = 1 + 3 * (top - 1) + sub;
  const double floor = std::array{0.06, 0.1, 0.03, 0.08, 0.0, 0.05}[at(leaf - 1)];
  return {floor + leaf_bowl(t, numbered("leaf", leaf), 3, 0.15 + 0.09 * leaf, 1.2), leaf, 5};
}

Evaluation cond_tree3(Draws& t) {
  const int a = t.choice("a", 3), b = t.choice(numbered("b", a), 3);
  const int c = t.choice(numbered(numbered("c", a), b), 2);
  const int leaf = 6 * a + 2 * b + c;
  const double floor = leaf == 11 ? 0 : 0.05 + 0.15 * ((7 * leaf + 3) % 17) / 17;
  const double shared = t.real("shared", 0, 1);
  const std::string name = leaf < 10 ? numbered("z", leaf) : numbered("z1", leaf - 10);
  return {floor + 0.5 * square(shared - 0.7) + leaf_bowl(t, name, 2, 0.2 + 0.03 * leaf, 1), leaf,
          11};
}

Evaluation cond_loop(Draws& t) {
  const int count = t.integer("count", 1, 5);
  double sum = 0.05 * square(count - 3);
  for (int i = 0; i < count; ++i) {
    const int width = t.integer(numbered("width", i), 4, 64);
    const int act = t.choice(numbered("act", i), 2);
    sum += 0.4 * square((width - 20 - 6 * i) / 60.0) + (act != i % 2 ? 0.04 : 0);
  }
  const double rate = std::log10(t.log("rate", 1e-5, 1));
  return {sum + 0.1 * square(rate + 2 + 0.2 * count), count - 1, 2};
}

Evaluation cond_trap(Draws& t) {
  const int kind = t.choice("kind", 3);
  if (kind == 0) return {0.2 + leaf_bowl(t, "easy", 2, 0.4, 0.3), 0, 1};
  if (kind == 2) return {0.3 + leaf_bowl(t, "fair", 2, 0.5, 0.5), 2, 1};
  // A narrow valley on a high plain: looks worse than the others until it is found.
  const double d = leaf_bowl(t, "hard", 3, 0.25, 1);
  return {0.7 * (1 - std::exp(-d / 0.08)) + 0.2 * d, 1, 1};
}

Evaluation cond_pairs(Draws& t) {
  constexpr double kTable[3][3] = {{0.12, 0.2, 0.16}, {0.22, 0.14, 0.0}, {0.08, 0.18, 0.24}};
  const int loss = t.choice("loss", 3), solver = t.choice("solver", 3);
  double sum = kTable[loss][solver];
  if (solver == 0) {
    sum += leaf_bowl(t, "newton", 1, 0.3 + 0.2 * loss, 1);
  } else if (solver == 1) {
    sum += 0.1 * square(std::log2(number(t.log_integer("batch", 1, 1024))) - 4 - loss);
  } else {
    sum += 0.2 * square(std::log10(t.log("online_rate", 1e-4, 1)) + 1.5 + 0.4 * loss);
    sum += leaf_bowl(t, "online", 2, 0.2 + 0.25 * loss, 0.8);
  }
  const double strength = std::log10(t.log("strength", 1e-6, 10));
  return {sum + 0.05 * square(strength + 3 - loss), 3 * loss + solver, 5};
}

}  // namespace

const std::vector<TestFunction>& test_functions() {
  using enum FunctionKind;
  static const std::vector<TestFunction> kAll = {
      {"sphere", continuous, 0, sphere},
      {"ellipsoid", continuous, 0, ellipsoid},
      {"rosenbrock", continuous, 0, rosenbrock},
      {"ackley", continuous, 0, ackley},
      {"levy", continuous, 0, levy},
      {"griewank", continuous, 0, griewank},
      {"noisy_bowl", continuous, 0.1, noisy_bowl},
      {"noisy_wells", continuous, 0.05, noisy_wells},
      {"corners", continuous, 0, corners},
      {"terraces", continuous, 0, terraces},
      {"mixed_net", mixed, 0, mixed_net},
      {"mixed_grid", mixed, 0, mixed_grid},
      {"mixed_choices", mixed, 0, mixed_choices},
      {"mixed_steps", mixed, 0, mixed_steps},
      {"cond_optimizer", conditional, 0, cond_optimizer},
      {"cond_tree2", conditional, 0, cond_tree2},
      {"cond_tree3", conditional, 0, cond_tree3},
      {"cond_loop", conditional, 0, cond_loop},
      {"cond_trap", conditional, 0, cond_trap},
      {"cond_pairs", conditional, 0, cond_pairs},
  };
  return kAll;
}

double trial_noise(std::uint64_t seed, int trial) {
  const std::uint64_t key = mix(mix(seed, 77), static_cast<std::uint64_t>(trial));
  const double u = (static_cast<double>(mix(key, 1) >> 11) + 1) * 0x1.0p-53;
  const double v = static_cast<double>(mix(key, 2) >> 11) * 0x1.0p-53;
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * kPi * v);
}

}  // namespace hone::bench
