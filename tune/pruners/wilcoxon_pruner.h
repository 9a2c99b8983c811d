// Stop a trial that a statistical test finds worse than the best one.
#pragma once

#include <string>

#include "tune/option.h"
#include "tune/pruner.h"

namespace hone::tune {

struct WilcoxonOptions {
  // A trial is stopped when a p-value lies below this, 0 to 1: the larger, the sooner. The test is
  // made at every report, so a good trial is stopped more often than this says, about twice.
  double p_threshold = 0.1;
  // No pruning with fewer reports to compare; fewer than 2 are never compared.
  int startup_steps = 2;

  OptionList list();
};

// Optuna's rule, for objectives that are the mean over instances or folds, whose step is the number
// of the instance: the values of the trial are compared with those of the best COMPLETE feasible
// trial at the same steps by Wilcoxon's signed-rank test (signed_rank.h). A trial whose mean is as
// good as that of the best trial's reports goes on all the same, and so does one with NaN or
// infinite values on either side. Stateless; any thread.
class WilcoxonPruner final : public Pruner {
 public:
  static constexpr const char* kName = "wilcoxon";
  static constexpr const char* kSummary =
      "stops a trial that a signed-rank test finds worse than the best one";
  using Options = WilcoxonOptions;

  // Throws Error(usage) when an option is out of range.
  explicit WilcoxonPruner(const WilcoxonOptions& options = {});
  std::string name() const override { return kName; }
  std::string options_json() const override;
  Decision decide(const HistoryView& history, const DrawKey& key,
                  const TrialRecord& trial) const override;

 private:
  WilcoxonOptions options_;
};

}  // namespace hone::tune
