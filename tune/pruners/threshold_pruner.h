// Stop a trial whose value leaves a range.
#pragma once

#include <limits>
#include <string>

#include "tune/option.h"
#include "tune/pruner.h"

namespace hone::tune {

struct ThresholdOptions {
  // A value below or above is pruned; at least one of them must be given.
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
  // No pruning at steps below this one.
  int warmup_steps = 0;
  // Decide at most once in so many steps, counted from warmup_steps.
  int interval_steps = 1;

  OptionList list();
};

// Optuna's rule: the newest value is looked at, NaN is pruned. Stateless; any thread.
class ThresholdPruner final : public Pruner {
 public:
  static constexpr const char* kName = "threshold";
  static constexpr const char* kSummary = "stops a trial whose value is not within a range";
  using Options = ThresholdOptions;

  // Throws Error(usage) when an option is out of range or no limit is given.
  explicit ThresholdPruner(const ThresholdOptions& options);
  std::string name() const override { return kName; }
  std::string options_json() const override;
  Decision decide(const HistoryView& history, const DrawKey& key,
                  const TrialRecord& trial) const override;

 private:
  ThresholdOptions options_;
};

}  // namespace hone::tune
