// Which model a trial gets.
#include "tune/samplers/auto_sampler.h"

#include <climits>

#include "tune/samplers/draw.h"
#include "tune/samplers/tree_tpe.h"

namespace hone::tune {
namespace {

// The process costs the square of the trials; from here on the tree of densities is as good.
constexpr std::size_t kFewTrials = 250;
// Of more parameters a process learns too little from each trial.
constexpr std::size_t kFewParameters = 64;

struct AutoPlan : Plan {
  using Plan::Plan;
  PlanPtr gp;  // null: the tree's
};

}  // namespace

OptionList AutoOptions::list() {
  return {{"startup_trials", startup_trials, 0, INT_MAX,
           "even draws until so many trials are complete or pruned"},
          {"per_cost", per_cost, "the most improvement per cost"}};
}

AutoSampler::AutoSampler(const AutoOptions& options)
    : options_(options),
      gp_(GpOptions{.startup_trials = options.startup_trials, .per_cost = options.per_cost}),
      tree_(std::make_shared<TreeTpe>()) {
  check_options(kName, options_.list());
}

std::string AutoSampler::options_json() const {
  AutoOptions options = options_;
  return tune::options_json(options.list());
}

PlanPtr AutoSampler::plan(const HistoryView& view, const DrawKey& key) const {
  auto plan = std::make_shared<AutoPlan>(view, key);
  const bool few = view.size() <= kFewTrials && !view.several();
  if (few && view.tree().parameters().size() <= kFewParameters) {
    plan->gp = gp_.plan(view, key);
    plan->values = plan->gp->values;
    plan->why = "Gaussian process (at most 250 trials): " + plan->gp->why;
    return plan;
  }
  if (view.size() < static_cast<std::size_t>(options_.startup_trials)) {
    plan->why = "even draws: there are too few trials";
    return plan;
  }
  const TreeTpe::Proposal proposal = tree_->propose(view, key, !view.several());
  if (!proposal.values.empty()) plan->values = proposal.space->by_name(proposal.values);
  plan->why = view.several()      ? "TPE on the tree (several objectives)"
              : few               ? "TPE on the tree (more than 64 parameters)"
              : options_.per_cost ? "TPE on the tree (over 250 trials), whatever it costs"
                                  : "TPE on the tree (over 250 trials)";
  return plan;
}

double AutoSampler::next(const Plan& plan, std::span<const Parameter> chosen,
                         const std::string& name, const Distribution& distribution) const {
  const auto& own = static_cast<const AutoPlan&>(plan);
  if (own.gp) return gp_.next(*own.gp, chosen, name, distribution);
  if (const auto planned = plan.planned(name, distribution)) return *planned;
  if (plan.view.size() < static_cast<std::size_t>(options_.startup_trials))
    return draw_stratified(plan.key, name, distribution, options_.startup_trials);
  PhiloxStream stream = draw_stream(plan.key, name);
  return draw_uniform(stream, distribution);
}

}  // namespace hone::tune
