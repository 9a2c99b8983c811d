// From a history to the next point.
#include "tune/samplers/tpe_sampler.h"

#include <climits>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "tune/samplers/conditional_space.h"
#include "tune/samplers/draw.h"
#include "tune/samplers/propose.h"
#include "tune/samplers/split.h"
#include "tune/samplers/tree_tpe.h"
#include "tune/view_memo.h"

namespace hone::tune {
namespace {

Bandwidth joint_bandwidth(TpeOptions::Profile profile) {
  switch (profile) {
    case TpeOptions::Profile::optuna_5:
      return Bandwidth::optuna_4_9;  // the rule of both forms
    case TpeOptions::Profile::optuna_4:
      return Bandwidth::optuna_4_9_multivariate;
    default:
      return Bandwidth::hone;
  }
}

}  // namespace

OptionList TpeOptions::list() {
  using F = Form;
  return {
      {"startup_trials", startup_trials, 0, INT_MAX,
       "uniform draws until so many trials are complete or pruned"},
      {"candidates", candidates, 1, 1000, "points that are compared for each suggestion"},
      {"form",
       form,
       {{F::automatic, "automatic"},
        {F::independent, "independent"},
        {F::joint, "joint"},
        {F::tree, "tree"}},
       "parameters one by one, all together, on their tree, or what suits the trials so far"},
      {"profile",
       profile,
       {{Profile::hone, "hone"}, {Profile::optuna_5, "optuna-5"}, {Profile::optuna_4, "optuna-4"}},
       "whose weights, bandwidths and scores"}};
}

// What is known of a view, kept for the other parameters of the same trial.
struct TpeSampler::Prepared {
  TrialSplit split;
  CommonSpace common;
};

struct TpeSampler::Models {
  ViewMemo<Prepared> prepared;
  CommonSpaces common;
  TreeTpe tree;
};

TpeSampler::TpeSampler(const TpeOptions& options)
    : options_(options), models_(std::make_shared<Models>()) {
  check_options(kName, options_.list());
}

std::string TpeSampler::options_json() const {
  TpeOptions options = options_;
  return tune::options_json(options.list());
}

std::shared_ptr<const TpeSampler::Prepared> TpeSampler::prepare(const HistoryView& history) const {
  return models_->prepared.get(history, [&](const HistoryView& view) {
    // Optuna 4 has no constant liar: pending trials do not count.
    const bool pending = options_.profile != TpeOptions::Profile::optuna_4;
    return Prepared{split_trials(pending ? view : view.with_pending({})), models_->common.of(view)};
  });
}

bool TpeSampler::on_tree(const HistoryView& history) const {
  constexpr std::size_t kMany = 250;  // finished trials
  if (options_.form == TpeOptions::Form::tree)
    return history.size() >= static_cast<std::size_t>(options_.startup_trials);
  return options_.form == TpeOptions::Form::automatic &&
         options_.profile == TpeOptions::Profile::hone && history.size() > kMany;
}

PlanPtr TpeSampler::plan(const HistoryView& view, const DrawKey& key) const {
  auto plan = std::make_shared<Plan>(view, key);
  if (on_tree(view)) {
    const TreeTpe::Proposal proposal = models_->tree.propose(view, key, false);
    if (!proposal.values.empty()) plan->values = proposal.space->by_name(proposal.values);
    plan->why = "TPE on the tree";
    return plan;
  }
  plan->values = joint_point(view, key);
  return plan;
}

std::map<std::string, double> TpeSampler::joint_point(const HistoryView& history,
                                                      const DrawKey& key) const {
  using Form = TpeOptions::Form;
  using Profile = TpeOptions::Profile;
  const bool automatic = options_.form == Form::automatic;
  if (options_.form == Form::independent || options_.form == Form::tree ||
      (automatic && options_.profile == Profile::optuna_4) ||
      (automatic && options_.profile == Profile::optuna_5 && history.several()))
    return {};
  const auto prepared = prepare(history);
  if (prepared->split.observed < options_.startup_trials) return {};
  if (automatic && options_.profile == Profile::hone && prepared->common.is_conditional())
    return {};
  std::vector<NamedDistribution> space = prepared->common.parameters();
  std::erase_if(space, [](const NamedDistribution& p) { return !can_model(p.distribution); });
  if (space.empty()) return {};
  const std::vector<double> point =
      propose(space, prepared->split, joint_bandwidth(options_.profile),
              static_cast<std::size_t>(options_.candidates), joint_draw_stream(key));
  std::map<std::string, double> values;
  for (std::size_t j = 0; j < space.size(); ++j) values.emplace(space[j].name, point[j]);
  return values;
}

double TpeSampler::next(const Plan& plan, std::span<const Parameter>, const std::string& name,
                        const Distribution& distribution) const {
  if (const auto planned = plan.planned(name, distribution)) return *planned;
  PhiloxStream stream = draw_stream(plan.key, name);
  if (on_tree(plan.view)) return draw_uniform(stream, distribution);
  if (is_single(distribution) || !can_model(distribution))
    return draw_uniform(stream, distribution);
  const auto prepared = prepare(plan.view);
  if (prepared->split.observed < options_.startup_trials) return draw_uniform(stream, distribution);
  return propose_alone(prepared->split, {name, distribution},
                       static_cast<std::size_t>(options_.candidates), stream);
}

}  // namespace hone::tune
