// Hyperband: several successive halvings side by side, that begin to stop trials at different
// steps.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tune/option.h"
#include "tune/pruner.h"
#include "tune/pruners/successive_halving_pruner.h"
#include "tune/view_memo.h"

namespace hone::tune {

struct HyperbandOptions {
  // The step of the first rung of the first bracket.
  int min_resource = 1;
  // How many steps a whole trial has. 0: one more than the last step of the longest COMPLETE trial;
  // before there is one, every trial goes on.
  int max_resource = 0;
  int reduction_factor = 3;  // as in SuccessiveHalvingOptions
  int bootstrap_count = 0;   // not with max_resource 0

  OptionList list();
};

// Optuna's rule (Li et al., "Hyperband", JMLR 18, 2018): there are floor(log_factor(max_resource /
// min_resource)) + 1 brackets; bracket b is successive halving with min_early_stopping_rate b. The
// bracket of a trial follows from the CRC-32 of "<study name>_<number>", in proportion to the
// brackets' budgets. Pruner and sampler see the trials of the same bracket alone, so a sampler's
// start-up trials count in each bracket. Where max_resource is 0 it is computed from the view at
// each decision; an object of Optuna's keeps what it found first. Any thread.
class HyperbandPruner final : public Pruner {
 public:
  static constexpr const char* kName = "hyperband";
  static constexpr const char* kSummary =
      "successive halving in several brackets that begin to stop at different steps";
  using Options = HyperbandOptions;

  // Throws Error(usage) when an option is out of range, max_resource is below min_resource, or with
  // bootstrap_count and max_resource 0.
  explicit HyperbandPruner(const HyperbandOptions& options = {});
  std::string name() const override { return kName; }
  std::string options_json() const override;
  Decision decide(const HistoryView& history, const DrawKey& key,
                  const TrialRecord& trial) const override;
  HistoryView sampler_view(const HistoryView& history, const DrawKey& key) const override;

  // The share of the trials that each bracket gets, as Optuna computes it; empty when max_resource
  // is below min_resource.
  static std::vector<int> budgets(int min_resource, int max_resource, int reduction_factor);
  // The bracket of a trial.
  static int bracket_of(const std::vector<int>& budgets, const std::string& study, int number);

 private:
  struct Brackets {
    std::vector<int> budgets;  // empty: not known yet
    std::vector<HistoryView> views;
  };
  std::shared_ptr<const Brackets> brackets(const HistoryView& history, const DrawKey& key) const;

  HyperbandOptions options_;
  mutable ViewMemo<Brackets> brackets_;
  // One a bracket that there can be.
  std::vector<std::unique_ptr<SuccessiveHalvingPruner>> halvings_;
};

}  // namespace hone::tune
