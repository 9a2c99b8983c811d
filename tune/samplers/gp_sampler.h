// A Gaussian process on the conditional embedding of a space, with forced exploration of decisions.
//
// Sources: expected improvement by Jones et al. 1998; a category's own level for "inactive" and 1/2
// for an inactive number follow the imputation of Levesque et al. 2017.
#pragma once

#include <memory>
#include <string>

#include "tune/option.h"
#include "tune/sampler.h"

namespace hone::tune {

struct GpOptions {
  // Trials spread evenly over each range before the model begins (COMPLETE and PRUNED ones).
  int startup_trials = 10;
  // Every sixth trial turns over a decision of the best one (tune/samplers/explore.h).
  bool flips = true;
  // Every sixth trial draws each parameter by itself, as TPE does; where the best trial has no
  // decision to flip, such a turn draws all together by TPE's densities.
  bool densities = true;
  // The point of most expected improvement per cost (Trial::set_cost): a second process learns ln
  // of the costs (Snoek et al. 2012, section 3.2). Even draws know nothing of costs, so there are
  // at most five.
  bool per_cost = false;

  OptionList list();
};

// Costs a time that grows with the square of the number of trials; of more than 300 it sees the
// best 100 and the newest 200. Pending trials count as observed at their posterior mean.
class GpSampler final : public Sampler {
 public:
  static constexpr const char* kName = "gp";
  static constexpr const char* kSummary =
      "Gaussian process: the point of largest expected improvement; up to some hundred trials";
  using Options = GpOptions;

  explicit GpSampler(const GpOptions& options = {});
  std::string name() const override { return kName; }
  std::string options_json() const override;
  PlanPtr plan(const HistoryView& view, const DrawKey& key) const override;
  double next(const Plan& plan, std::span<const Parameter> chosen, const std::string& name,
              const Distribution& distribution) const override;

 private:
  struct GpPlan;
  struct Models;

  GpOptions options_;
  int startup_ = 0;  // trials spread evenly
  std::shared_ptr<const Models> models_;
};

}  // namespace hone::tune
