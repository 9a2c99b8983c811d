// Another sampler, with some parameters held at given values.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "tune/sampler.h"

namespace hone::tune {

// The other parameters are the base sampler's, which sees the fixed ones in the history as in any
// trial. A value that does not fit the range that is asked for throws Error(usage). It is not in
// the list of samplers: a study that was made with it is continued by making it again.
class PartialFixedSampler final : public Sampler {
 public:
  PartialFixedSampler(std::map<std::string, Value> fixed, std::shared_ptr<const Sampler> base);
  std::string name() const override { return "partial_fixed"; }
  std::string options_json() const override;
  bool sees_planned_points() const override { return base_->sees_planned_points(); }
  bool several_objectives() const override { return base_->several_objectives(); }
  PlanPtr plan(const HistoryView& view, const DrawKey& key) const override {
    return base_->plan(view, key);
  }
  double next(const Plan& plan, std::span<const Parameter> chosen, const std::string& name,
              const Distribution& distribution) const override;

 private:
  std::map<std::string, Value> fixed_;
  std::shared_ptr<const Sampler> base_;
};

}  // namespace hone::tune
