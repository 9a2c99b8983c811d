// A history as a Gaussian process sees it: coordinates, warped values, hyperparameters.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tune/history_view.h"
#include "tune/samplers/conditional_space.h"
#include "tune/samplers/gaussian_process.h"
#include "tune/view_memo.h"

namespace hone::tune::gp {

// The trials of a view that a model learns from, by number: COMPLETE ones by their value, PRUNED
// ones by their last report but no better than the median, FAIL ones and those that break a
// constraint as the worst.
struct Observations {
  std::vector<const TrialRecord*> trials;
  // Smaller is better: above the median M, M + (M - min) log1p((y - M) / (M - min)), then
  // standardised.
  std::vector<double> y;
  int best = -1;     // the index of the smallest among COMPLETE; -1: there is none
  int complete = 0;  // how many are COMPLETE
  double unit = 0;   // the standard deviation that was divided by
};

Observations observe(const HistoryView& view);
// The finished trials whose cost is known, y: ln of it, standardised. `best` and `complete` say
// nothing.
Observations observe_costs(const HistoryView& view);

// [space.size()] columns, a row a trial.
Points coordinates(const ConditionalSpace& space, const std::vector<const TrialRecord*>& trials);

// Hyperparameters by name, as they hold in another view of the same study.
struct NamedHyperparameters {
  std::map<std::string, double> weights;
  double scale = 1, noise = 1e-2;
  Hyperparameters in(const ConditionalSpace& space) const;
};

// Fits to the view, or, from 40 trials on, to its first 3 k, from 120 on to its first 5 k: a
// function of the view that changes with every third or fifth trial. Keeps what it has fitted.
class Fitter {
 public:
  using Observe = Observations (*)(const HistoryView&);
  explicit Fitter(Observe observe) : observe_(observe) {}
  std::shared_ptr<const NamedHyperparameters> fit_to(const HistoryView& view) const;

 private:
  Observe observe_;
  mutable ViewMemo<NamedHyperparameters> memo_;
};

}  // namespace hone::tune::gp
