// CMA-ES: evolution with a covariance matrix that adapts; for many trials of numeric parameters.
//
// Sources: Hansen, "The CMA evolution strategy: a tutorial" (2016); restarts with doubled
// population by Auger and Hansen 2005; the margin for grids after Hamano et al. 2022.
#pragma once

#include <string>
#include <vector>

#include "tune/option.h"
#include "tune/sampler.h"
#include "tune/view_memo.h"

namespace hone::tune {

class ConditionalSpace;

struct CmaEsOptions {
  // Even draws before the first generation, which begins at the best of them.
  int startup_trials = 10;
  // Points of the first generations; 0: 4 + 3 ln(parameters).
  int population = 0;
  // The first step size, as a share of each range.
  double sigma = 0.2;

  OptionList list();
};

// Evolves the numbers that every COMPLETE trial has; categories and parameters of branches are
// drawn one by one, as TPE does. A generation is consecutive COMPLETE trials of the view, whoever
// proposed them, so the state is a function of the view. Pending trials are not looked at. When a
// search has converged the next one begins elsewhere with twice the population.
class CmaEsSampler final : public Sampler {
 public:
  static constexpr const char* kName = "cma_es";
  static constexpr const char* kSummary =
      "evolution with an adapting covariance matrix; for thousands of trials of numbers";
  using Options = CmaEsOptions;

  explicit CmaEsSampler(const CmaEsOptions& options = {});
  std::string name() const override { return kName; }
  std::string options_json() const override;
  bool sees_planned_points() const override { return false; }
  PlanPtr plan(const HistoryView& view, const DrawKey& key) const override;
  double next(const Plan& plan, std::span<const Parameter> chosen, const std::string& name,
              const Distribution& distribution) const override;

 private:
  struct State;
  struct CmaPlan;
  std::shared_ptr<const State> state_of(const HistoryView& view) const;
  void evolve(State& state, const HistoryView& view) const;
  void begin(State& state, std::vector<double> mean) const;
  static void step(State& state);
  static double margin(const ConditionalSpace& space, const State& state, std::size_t j,
                       double deviation);

  CmaEsOptions options_;
  mutable LogMemo<State> known_;
};

}  // namespace hone::tune
