// Twenty functions to minimise, of the kinds that people tune: shifted, rotated, ill-conditioned,
// multimodal, noisy, not smooth, mixed, conditional. Optuna's side of the comparison has the same
// ones (scripts/bench/regret_optuna.py); a test holds the two together.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hone::bench {

// The suggest calls of a function. A choice is its index.
class Draws {
 public:
  virtual ~Draws() = default;
  virtual double real(const std::string& name, double low, double high) = 0;
  virtual double log(const std::string& name, double low, double high) = 0;
  virtual double step(const std::string& name, double low, double high, double step) = 0;
  virtual int integer(const std::string& name, int low, int high) = 0;
  virtual int log_integer(const std::string& name, int low, int high) = 0;
  virtual int choice(const std::string& name, int count) = 0;
};

struct Evaluation {
  double regret = 0;  // without noise; 0 is the minimum
  // The branch that the point lies in, and the one of the minimum; of functions without branches 0.
  int leaf = 0, best_leaf = 0;
};

enum class FunctionKind { continuous, mixed, conditional };

struct TestFunction {
  const char* name;
  FunctionKind kind;
  double noise;  // standard deviation of what is added to the value that a study sees
  Evaluation (*evaluate)(Draws&);
};

const std::vector<TestFunction>& test_functions();

// A standard normal number for one trial of one study.
double trial_noise(std::uint64_t seed, int trial);

}  // namespace hone::bench
