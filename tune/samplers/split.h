// Which trials of a history are good, which are not, and what the trials have in common.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tune/history_view.h"
#include "tune/pareto.h"
#include "tune/view_memo.h"

namespace hone::tune {

// How many of n finished trials count as good: ceil(0.1 n), of one objective at most 25. A Pareto
// front has many good points, so several objectives have no bound, as in Optuna 5.0.
int good_count(int n, bool several = false);

// What a trial is worth, the smaller the better: a COMPLETE one by its value, a PRUNED one first by
// how far it got. NaN counts as the worst.
std::pair<double, double> complete_worth(const TrialRecord& trial, Direction direction);
std::pair<double, double> pruned_worth(const TrialRecord& trial, Direction direction);

// The places of the `count` best of several objectives: whole ranks of the non-dominated sort, and
// of the rank that does not fit those that dominate the largest volume together. Source: Ozaki et
// al., "Multiobjective tree-structured Parzen estimator", 2022, as Optuna has it.
std::vector<std::size_t> best_of_several(const std::vector<Losses>& points, std::size_t count);

// Both lists sorted by trial number. Pointers stay valid as long as the view's records do.
struct TrialSplit {
  std::vector<const TrialRecord*> below;  // the good ones
  std::vector<const TrialRecord*> above;  // all others
  int observed = 0;                       // COMPLETE + PRUNED
};

// Optuna's rule: `good` trials, by default good_count(COMPLETE + PRUNED), go below, first the best
// COMPLETE ones (best_of_several), then the PRUNED ones that got furthest (among equals the better
// last value). Ties keep the order of trial numbers. Last come those that break a constraint, the
// least broken first. Pending trials are always above; FAIL ones are left out.
TrialSplit split_trials(const HistoryView& history, std::optional<int> good = std::nullopt);

// The parameter of that name, or nullptr. `hint` is the place where the previous record had it:
// trials mostly suggest in one order, so this is one comparison instead of a search.
const Parameter* find_parameter(const TrialRecord& trial, const std::string& name,
                                std::size_t& hint);

// What the COMPLETE and PRUNED trials have in common. Learned from one trial after the other.
class CommonSpace {
 public:
  void add(const TrialPtr& trial);
  // Parameters that every one has with one and the same distribution, sorted by name, without those
  // of a single value. Source: Optuna's intersection search space.
  std::vector<NamedDistribution> parameters() const;
  // Not all have the same set of parameter names.
  bool is_conditional() const { return conditional_; }

 private:
  struct Candidate {
    NamedDistribution named;
    std::size_t hint;
  };
  TrialPtr first_;
  std::vector<Candidate> candidates_;
  bool conditional_ = false;
};

// Of the finished trials of views. Thread-safe; keeps what it knows of the views seen last.
class CommonSpaces {
 public:
  CommonSpace of(const HistoryView& view) const;

 private:
  mutable LogMemo<CommonSpace> known_;
};

}  // namespace hone::tune
