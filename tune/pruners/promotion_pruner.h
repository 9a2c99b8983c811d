// Asynchronous successive halving that pauses: a trial below the cut waits, and goes on when it is
// among the best.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tune/option.h"
#include "tune/pruner.h"
#include "tune/view_memo.h"

namespace hone::tune {

struct PromotionOptions {
  // So many reports has a whole trial; needed.
  int max_resource = 0;
  // A trial is paused after so many reports; the next rungs are later by reduction_factor each.
  int min_resource = 1;
  // Of the trials at a rung one in so many is promoted.
  int reduction_factor = 3;

  OptionList list();
};

// ASHA as its authors describe it (Li et al., "A System for Massively Parallel Hyperparameter
// Tuning", 2020, arXiv 1810.05934, algorithm 2): every trial is paused when it reaches its rung;
// rung k is at min_resource * reduction_factor^k reports, as long as that is less than
// max_resource. When a trial is to begin, the best paused trial of the highest rung at which it is
// among the best 1 / reduction_factor is promoted to the next one; where there is none, a new
// configuration begins. So a trial that was paused because others were better at that moment is not
// lost.
//
// Each promotion is a trial of its own (tune/promotion.h), which counts in a budget of trials. The
// sampler does not see a paused trial beside the one that continues it. NaN is never promoted. The
// values at the rungs are kept as the attributes completed_rung_<k>. Stateless; any thread.
class PromotionPruner final : public Pruner {
 public:
  static constexpr const char* kName = "promotion";
  static constexpr const char* kSummary =
      "pauses every trial at steps that grow by a factor and goes on with the best share (ASHA)";
  using Options = PromotionOptions;

  // Throws Error(usage) when an option is out of range or max_resource is missing.
  explicit PromotionPruner(const PromotionOptions& options);
  std::string name() const override { return kName; }
  std::string options_json() const override;
  Decision decide(const HistoryView& history, const DrawKey& key,
                  const TrialRecord& trial) const override;
  HistoryView sampler_view(const HistoryView& history, const DrawKey& key) const override;
  bool promotes() const override { return true; }
  std::optional<Promotion> promote(const HistoryView& history, const DrawKey& key) const override;

 private:
  struct Rungs;
  static Rungs rungs_of(const HistoryView& view);
  // After so many reports a trial at this rung is paused; 0: never, it is the last one.
  int due(int rung) const;

  PromotionOptions options_;
  mutable ViewMemo<Rungs> rungs_;
  mutable ViewMemo<HistoryView> sampler_views_;
};

}  // namespace hone::tune
