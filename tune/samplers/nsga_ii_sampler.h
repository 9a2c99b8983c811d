// NSGA-II: a population that evolves towards the Pareto front.
//
// Source: Deb et al., "A fast and elitist multiobjective genetic algorithm: NSGA-II", 2002;
// parents, crossover and mutation are those that Optuna 5.0 has as defaults.
#pragma once

#include <string>
#include <vector>

#include "tune/option.h"
#include "tune/sampler.h"
#include "tune/view_memo.h"

namespace hone::tune {

struct NsgaIiOptions {
  int population = 50;
  // The probability that a trial has two parents; else it begins as a copy of one.
  double crossover = 0.9;
  // Of a trial with two parents: the probability that a value is the second one's.
  double swapping = 0.5;
  // The probability that a value is drawn anew, uniformly; 0: 1 / parameters.
  double mutation = 0;

  OptionList list();
};

// A generation is `population` consecutive COMPLETE trials of the view, whoever proposed them, so
// the parents are a function of the view; the trials of the first one are spread evenly over each
// range. Parents are the best of the former parents and their children: by non-dominated rank, of
// the last rank the least crowded; trials that break a constraint come behind all others, the least
// broken first. Pending trials are not looked at. In a space with branches a parameter comes from
// whichever parent has it, and is drawn uniformly where neither has.
class NsgaIiSampler final : public Sampler {
 public:
  static constexpr const char* kName = "nsga_ii";
  static constexpr const char* kSummary =
      "a population that evolves; for several objectives and many trials";
  using Options = NsgaIiOptions;

  explicit NsgaIiSampler(const NsgaIiOptions& options = {});
  std::string name() const override { return kName; }
  std::string options_json() const override;
  bool sees_planned_points() const override { return false; }
  bool several_objectives() const override { return true; }
  PlanPtr plan(const HistoryView& view, const DrawKey& key) const override;
  double next(const Plan& plan, std::span<const Parameter> chosen, const std::string& name,
              const Distribution& distribution) const override;

 private:
  // What the trials of a view that belong to whole generations have come to.
  struct State {
    std::size_t seen = 0;  // trials of the view
    int generations = 0;
    std::vector<TrialPtr> parents, children;  // children: of the generation under way
  };
  struct NsgaPlan;
  std::shared_ptr<const State> state_of(const HistoryView& view) const;
  void evolve(State& state, const HistoryView& view) const;

  NsgaIiOptions options_;
  mutable LogMemo<State> known_;
};

}  // namespace hone::tune
