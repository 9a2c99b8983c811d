// TPE, the tree-structured Parzen estimator: the default sampler.
//
// The finished trials are split into good and other ones; a density is fitted to each side; of a
// few candidates drawn from the good one, that with the largest ratio of the densities is taken.
// Sources: Bergstra et al. 2011; the split, the weights and the independent form follow Optuna 4.9;
// the joint form is Optuna 5.0's with Watanabe's lower bound of the bandwidth (arXiv 2304.11127).
#pragma once

#include <string>

#include "tune/option.h"
#include "tune/sampler.h"
#include "tune/samplers/split.h"
#include "tune/view_memo.h"

namespace hone::tune {

struct TpeOptions {
  // Uniform draws until this many trials are COMPLETE or PRUNED.
  int startup_trials = 10;
  // Points drawn from the good density per suggestion, 1 to 1000. More is not better: it
  // over-exploits.
  int candidates = 24;
  enum class Form {
    // joint while all finished trials have the same parameters, independent as soon as they differ:
    // joint
    // kernels over the shared parameters alone are known to lock the branch choices.
    automatic,
    // Every parameter by itself (Optuna 4.9's default).
    independent,
    // One density over all parameters that every finished trial shares; the others by themselves.
    joint
  };
  Form form = Form::automatic;

  OptionList list();
};

// Thread-safe; may be shared by all workers of a study. Values depend on the view and the key
// alone.
//
// Pending trials whose parameters the view holds count as not good, which keeps parallel workers
// apart. Observations outside the current range of a parameter are left out of its density.
class TpeSampler final : public Sampler {
 public:
  static constexpr const char* kName = "tpe";
  static constexpr const char* kSummary =
      "tree-structured Parzen estimator: draws like the best tenth of the trials so far";
  using Options = TpeOptions;

  // Throws Error(usage) when an option is out of range.
  explicit TpeSampler(const TpeOptions& options = {});

  std::string name() const override { return kName; }
  std::string options_json() const override;
  std::map<std::string, double> sample_jointly(const HistoryView& history,
                                               const DrawKey& key) const override;
  double sample(const HistoryView& history, const DrawKey& key, const std::string& parameter,
                const Distribution& distribution) const override;

 private:
  // What is known of a view, kept for the other parameters of the same trial.
  struct Prepared {
    TrialSplit split;
    bool conditional = false;
  };
  std::shared_ptr<const Prepared> prepare(const HistoryView& history) const;

  TpeOptions options_;
  mutable ViewMemo<Prepared> memo_;
};

}  // namespace hone::tune
