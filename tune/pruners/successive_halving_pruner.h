// Asynchronous successive halving: at each rung only the best share of the trials goes on.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tune/option.h"
#include "tune/pruner.h"
#include "tune/view_memo.h"

namespace hone::tune {

struct SuccessiveHalvingOptions {
  // The step of the first rung. 0: a hundredth of the longest COMPLETE trial, at least 1; before
  // there is one, every trial goes on.
  int min_resource = 0;
  // Of the trials at a rung one in so many goes on; rung k is at step min_resource *
  // reduction_factor ^ (k + min_early_stopping_rate).
  int reduction_factor = 4;
  int min_early_stopping_rate = 0;
  // A trial is stopped at a rung that not more than so many have reached. Not with min_resource 0.
  int bootstrap_count = 0;

  OptionList list();
};

// Optuna's rule, the variant of ASHA (Li et al., "A System for Massively Parallel Hyperparameter
// Tuning", 2020, arXiv 1810.05934) that stops trials and never continues one: a trial whose newest
// report is at or behind a rung is compared there with all trials of the view that have been at
// that rung. It goes on when it is among the best 1 / reduction_factor of them, ties included; when
// they are fewer than reduction_factor, when it is the best. One report may pass several rungs. NaN
// is stopped at a rung.
//
// The value at rung k is kept as the trial's system attribute completed_rung_<k>, as Optuna keeps
// it, so that both can go on with a study. Of trials under way the view tells in general nothing:
// they compete when they are finished. Where min_resource is 0 it is computed from the view at each
// decision; an object of Optuna's keeps what it found first. Any thread.
class SuccessiveHalvingPruner final : public Pruner {
 public:
  static constexpr const char* kName = "successive-halving";
  static constexpr const char* kSummary =
      "lets the best share of the trials go on at steps that grow by a factor (ASHA)";
  using Options = SuccessiveHalvingOptions;

  // Throws Error(usage) when an option is out of range, or with bootstrap_count and min_resource 0.
  explicit SuccessiveHalvingPruner(const SuccessiveHalvingOptions& options = {});
  std::string name() const override { return kName; }
  std::string options_json() const override;
  Decision decide(const HistoryView& history, const DrawKey& key,
                  const TrialRecord& trial) const override;

 private:
  using Rungs = std::map<int, std::vector<double>>;  // the values at each rung, ascending
  Decision at_rung(const Rungs& rungs, int rung, double value, bool minimize) const;

  SuccessiveHalvingOptions options_;
  mutable ViewMemo<Rungs> rungs_;
};

}  // namespace hone::tune
