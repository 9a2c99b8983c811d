// TPE, the tree-structured Parzen estimator.
//
// The finished trials are split into good and other ones; a density is fitted to each side; of a
// few candidates drawn from the good one, that with the largest ratio of the densities is taken.
// Sources: Bergstra et al. 2011; the split, the weights and the independent form follow Optuna 4.9;
// the joint form is Optuna 5.0's with Watanabe's lower bound of the bandwidth (arXiv 2304.11127).
#pragma once

#include <string>

#include "tune/option.h"
#include "tune/sampler.h"

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
    joint,
    // One density over the tree of parameters (tune/samplers/tree_tpe.h), at a cost that does not
    // grow with the history. What `automatic` does beyond 250 finished trials.
    tree
  };
  Form form = Form::automatic;
  // Whose rules: of optuna_5 and optuna_4 the weights, bandwidths and scores are those of
  // Optuna 5.0 and 4.9 (not the random numbers), and `automatic` is joint and independent, as
  // there (with several objectives independent).
  enum class Profile { hone, optuna_5, optuna_4 };
  Profile profile = Profile::hone;

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
  bool several_objectives() const override { return true; }
  // On the tree, and where Optuna has its constant liar.
  bool sees_planned_points() const override {
    return options_.form == TpeOptions::Form::tree ||
           options_.profile == TpeOptions::Profile::optuna_5;
  }
  PlanPtr plan(const HistoryView& view, const DrawKey& key) const override;
  double next(const Plan& plan, std::span<const Parameter> chosen, const std::string& name,
              const Distribution& distribution) const override;

 private:
  struct Prepared;
  struct Models;
  std::shared_ptr<const Prepared> prepare(const HistoryView& history) const;
  std::map<std::string, double> joint_point(const HistoryView& history, const DrawKey& key) const;
  bool on_tree(const HistoryView& history) const;

  TpeOptions options_;
  std::shared_ptr<Models> models_;  // memos: thread-safe
};

}  // namespace hone::tune
