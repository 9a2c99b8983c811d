// TPE on a whole tree of parameters, at a cost that does not grow with the history.
//
// A component of the densities is a trial with the parameters it had; what it lacks has the prior,
// so one density speaks for all branches. The good density has the best trials, at most 25; the
// other one the newest 192 of the rest. Of several objectives the good trials are those of
// split_trials(), at most 25 as well, kept by LeadingFronts.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "tune/history_view.h"
#include "tune/samplers/conditional_space.h"
#include "tune/samplers/explore.h"
#include "tune/samplers/leading_fronts.h"
#include "tune/samplers/tree_density.h"
#include "tune/view_memo.h"

namespace hone::tune {

// Thread-safe. Keeps what it knows of the views seen last and goes on from there.
class TreeTpe {
 public:
  struct Proposal {
    std::shared_ptr<const ConditionalSpace> space;
    ConditionalSpace::Values values;  // empty: nothing is known yet
    Flip flip;                        // the decision that was turned over, if one was
  };
  // The best of eight points drawn from the good density. `flips`: in every sixth trial a decision
  // of the best one is turned over.
  Proposal propose(const HistoryView& view, const DrawKey& key, bool flips) const;

 private:
  // One trial: coordinates and what it is worth; the smaller pair is better.
  struct Row {
    TrialPtr keep;  // what the point is made from
    TreePoint point;
    bool complete = false;
    std::pair<double, double> worth;
  };
  using RowPtr = std::shared_ptr<const Row>;
  struct State {
    ParameterTree tree;
    std::shared_ptr<const ConditionalSpace> space;
    int observed = 0;                                     // COMPLETE and PRUNED
    std::vector<RowPtr> best, best_pruned, least_broken;  // at most 25 each, the best first
    std::vector<RowPtr> newest;                           // by number
    LeadingFronts fronts;                                 // of several objectives: instead of best
    // The good trials and their density, kept as long as they are the same.
    std::vector<RowPtr> good;
    std::shared_ptr<const TreeDensity> good_density;
  };
  struct Sides {
    std::vector<const Row*> below, above;
    std::vector<RowPtr> made;  // those that the state has not kept
  };

  std::shared_ptr<const State> state_of(const HistoryView& view) const;
  static void add(State& state, const HistoryView& view, std::size_t place);
  static std::vector<RowPtr> best_of_fronts(State& state, const HistoryView& view, std::size_t seen,
                                            std::size_t count);
  static void choose_good(State& state, const HistoryView& view, std::size_t seen);
  static void embed_again(State& state);
  static Sides split(const State& state, const HistoryView& view);
  static RowPtr row_of(const State& state, TrialPtr trial);

  mutable LogMemo<State> known_;
};

}  // namespace hone::tune
