// The suggest calls of a test function as those of a trial.
#pragma once

#include <string>

#include "apps/bench/regret/functions.h"
#include "tune/study.h"

namespace hone::bench {

class TrialDraws final : public Draws {
 public:
  explicit TrialDraws(tune::Trial& trial) : trial_(trial) {}
  double real(const std::string& name, double low, double high) override {
    return trial_.suggest_float(name, low, high);
  }
  double log(const std::string& name, double low, double high) override {
    return trial_.suggest_float(name, low, high, {.log = true});
  }
  double step(const std::string& name, double low, double high, double step) override {
    return trial_.suggest_float(name, low, high, {.step = step});
  }
  int integer(const std::string& name, int low, int high) override {
    return static_cast<int>(trial_.suggest_int(name, low, high));
  }
  int log_integer(const std::string& name, int low, int high) override {
    return static_cast<int>(trial_.suggest_int(name, low, high, {.log = true}));
  }
  int choice(const std::string& name, int count) override {
    tune::CategoricalDistribution choices;
    for (int i = 0; i < count; ++i) choices.choices.emplace_back(std::int64_t{i});
    return static_cast<int>(trial_.suggest(name, choices));
  }

 private:
  tune::Trial& trial_;
};

}  // namespace hone::bench
