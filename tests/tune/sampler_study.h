// A study in a few lines, without storage: suggests, evaluates and keeps a history view. Tests of
// samplers only.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "tune/sampler.h"

namespace hone::tune::testing {

// Trials that a test puts together, and the views of them.
struct TestHistory {
  std::vector<TrialPtr> trials;
  std::vector<Direction> directions = {Direction::minimize};

  void add(TrialRecord record) {
    trials.push_back(std::make_shared<const TrialRecord>(std::move(record)));
  }
  operator HistoryView() const { return {directions, trials}; }
};

// A single value, the first of its trial.
inline double first_value(const Sampler& sampler, const HistoryView& view, const DrawKey& key,
                          const std::string& name, const Distribution& distribution) {
  return sampler.next(*sampler.plan(view, key), {}, name, distribution);
}

// The suggest calls of one trial.
class Suggest {
 public:
  Suggest(const Sampler& sampler, const HistoryView& history, const DrawKey& key)
      : sampler_(sampler), plan_(sampler.plan(history, key)) {}

  double operator()(const std::string& name, const Distribution& distribution) {
    const double value = sampler_.next(*plan_, params_, name, distribution);
    params_.push_back({name, distribution, value});
    return value;
  }
  double real(const std::string& name, double low, double high) {
    return (*this)(name, FloatDistribution{low, high});
  }
  double log_real(const std::string& name, double low, double high) {
    return (*this)(name, FloatDistribution{low, high, true});
  }
  const std::vector<Parameter>& params() const { return params_; }

 private:
  const Sampler& sampler_;
  PlanPtr plan_;
  std::vector<Parameter> params_;
};

using Objective = std::function<double(Suggest&)>;

inline std::shared_ptr<TrialRecord> run_trial(const Sampler& sampler, const HistoryView& history,
                                              const DrawKey& key, const Objective& objective) {
  Suggest suggest(sampler, history, key);
  auto record = std::make_shared<TrialRecord>();
  record->id = key.trial_number + 1;
  record->number = key.trial_number;
  record->values = {objective(suggest)};
  record->state = TrialState::complete;
  record->params = suggest.params();
  return record;
}

// The best values found by `trials` minimising trials, one after the other.
inline double minimize(const Sampler& sampler, std::uint64_t seed, int trials,
                       const Objective& objective) {
  TestHistory history;
  double best = 1e300;
  for (int n = 0; n < trials; ++n) {
    history.add(*run_trial(sampler, history, {seed, n}, objective));
    best = std::min(best, *history.trials.back()->value());
  }
  return best;
}

}  // namespace hone::tune::testing
