// The default sampler: the Gaussian process while trials are few, TPE on the tree of parameters
// when they are many, or when there are several objectives. It never asks how many there are going
// to be.
#pragma once

#include <memory>
#include <string>

#include "tune/option.h"
#include "tune/sampler.h"
#include "tune/samplers/gp_sampler.h"

namespace hone::tune {

class TreeTpe;

struct AutoOptions {
  // Trials spread evenly over each range at the beginning.
  int startup_trials = 10;
  // The process looks for improvement per cost (Trial::set_cost). Of one objective alone.
  bool per_cost = false;

  OptionList list();
};

// Plan::why says what was chosen for a trial and why.
class AutoSampler final : public Sampler {
 public:
  static constexpr const char* kName = "auto";
  static constexpr const char* kSummary =
      "the Gaussian process up to 250 trials, beyond them and for several objectives TPE on the "
      "tree";
  using Options = AutoOptions;

  explicit AutoSampler(const AutoOptions& options = {});
  std::string name() const override { return kName; }
  std::string options_json() const override;
  bool several_objectives() const override { return !options_.per_cost; }
  PlanPtr plan(const HistoryView& view, const DrawKey& key) const override;
  double next(const Plan& plan, std::span<const Parameter> chosen, const std::string& name,
              const Distribution& distribution) const override;

 private:
  AutoOptions options_;
  GpSampler gp_;
  std::shared_ptr<const TreeTpe> tree_;
};

}  // namespace hone::tune
