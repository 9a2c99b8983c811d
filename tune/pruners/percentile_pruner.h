// Stop a trial that is worse than a percentile of the finished trials at the same step.
#pragma once

#include <string>

#include "tune/option.h"
#include "tune/pruner.h"

namespace hone::tune {

struct PercentileOptions {
  // Trials better than this percentile of the finished ones go on, 0 to 100; 50 is the median rule,
  // 25 keeps the best quarter.
  double percentile = 50;
  // No pruning before so many trials are COMPLETE.
  int startup_trials = 5;
  // No pruning at steps below this one.
  int warmup_steps = 0;
  // Decide at most once in so many steps, counted from warmup_steps.
  int interval_steps = 1;
  // No pruning unless so many COMPLETE trials reported at exactly this step.
  int min_trials = 1;

  OptionList list();
};

// Optuna's rule: the best value the trial ever reported is compared with the values that COMPLETE
// trials reported at exactly the same step; strictly worse than their percentile (linear
// interpolation, NaN ignored) is pruned, a tie goes on. A trial whose reports are all NaN is
// pruned. Stateless; any thread.
class PercentilePruner : public Pruner {
 public:
  static constexpr const char* kName = "percentile";
  static constexpr const char* kSummary =
      "stops a trial that is worse than a percentile of the finished trials at the same step";
  using Options = PercentileOptions;

  // Throws Error(usage) when an option is out of range.
  explicit PercentilePruner(const PercentileOptions& options);

  std::string name() const override { return kName; }
  std::string options_json() const override;
  Decision decide(const HistoryView& history, const DrawKey& key,
                  const TrialRecord& trial) const override;

 private:
  PercentileOptions options_;
};

struct MedianOptions {
  int startup_trials = 5;  // these four as in PercentileOptions
  int warmup_steps = 0;
  int interval_steps = 1;
  int min_trials = 1;

  OptionList list();
};

// The percentile rule at 50.
class MedianPruner final : public PercentilePruner {
 public:
  static constexpr const char* kName = "median";
  static constexpr const char* kSummary =
      "stops a trial that is worse than the median of the finished trials at the same step";
  using Options = MedianOptions;

  explicit MedianPruner(const MedianOptions& options = {});
  std::string name() const override { return kName; }
};

}  // namespace hone::tune
