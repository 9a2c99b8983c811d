// From a view to a plan.
#include "tune/samplers/gp_sampler.h"

#include <algorithm>
#include <climits>
#include <optional>

#include "tune/samplers/draw.h"
#include "tune/samplers/explore.h"
#include "tune/samplers/gp_model.h"
#include "tune/samplers/gp_search.h"
#include "tune/samplers/propose.h"
#include "tune/samplers/split.h"
#include "tune/samplers/tree_tpe.h"

namespace hone::tune {
namespace {

constexpr int kStartupPerCost = 5;
constexpr std::size_t kMostSeen = 300, kBestSeen = 100;

// The rows that a model looks at: all, or the best and the newest.
std::vector<std::size_t> rows_to_see(const std::vector<double>& y) {
  std::vector<std::size_t> rows(y.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i;
  if (rows.size() <= kMostSeen) return rows;
  const auto old_end = rows.end() - static_cast<std::ptrdiff_t>(kMostSeen - kBestSeen);
  std::stable_sort(rows.begin(), old_end,
                   [&](std::size_t a, std::size_t b) { return y[a] < y[b]; });
  rows.erase(rows.begin() + kBestSeen, old_end);
  std::sort(rows.begin(), rows.end());
  return rows;
}

// The five smallest, best first.
std::vector<std::size_t> best_rows(const std::vector<double>& y) {
  std::vector<std::size_t> rows(y.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i;
  const auto end =
      rows.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(5, rows.size()));
  std::partial_sort(rows.begin(), end, rows.end(), [&](std::size_t a, std::size_t b) {
    return y[a] < y[b] || (y[a] == y[b] && a < b);
  });
  return {rows.begin(), end};
}

bool has_observed(const HistoryView& view, int wanted) {
  int count = 0;
  for (std::size_t i = 0; i < view.size() && count < wanted; ++i)
    count += view[i].state == TrialState::complete || view[i].state == TrialState::pruned ? 1 : 0;
  return count >= wanted;
}

}  // namespace

struct GpSampler::GpPlan : Plan {
  using Plan::Plan;
  bool startup = false;
  TrialSplit split;  // of a plan that draws parameters alone
  bool alone = false;
};

struct GpSampler::Models {
  gp::Fitter fitter{gp::observe}, cost_fitter{gp::observe_costs};
  TreeTpe tree;

  bool plan(GpPlan& plan, Turn turn, const GpOptions& options) const;
  std::optional<gp::CostModel> costs(const HistoryView& view, const ConditionalSpace& space) const;
};

OptionList GpOptions::list() {
  return {
      {"startup_trials", startup_trials, 0, INT_MAX,
       "even draws until so many trials are complete or pruned"},
      {"flips", flips, "every sixth trial turns over a decision of the best one"},
      {"densities", densities, "every sixth trial and turns without a flip follow TPE's densities"},
      {"per_cost", per_cost, "the most expected improvement per cost"}};
}

GpSampler::GpSampler(const GpOptions& options)
    : options_(options), models_(std::make_shared<Models>()) {
  check_options(kName, options_.list());
  startup_ =
      options.per_cost ? std::min(options.startup_trials, kStartupPerCost) : options.startup_trials;
}

std::string GpSampler::options_json() const {
  GpOptions options = options_;
  return tune::options_json(options.list());
}

PlanPtr GpSampler::plan(const HistoryView& view, const DrawKey& key) const {
  auto plan = std::make_shared<GpPlan>(view, key);
  if (!has_observed(view, startup_)) {
    plan->startup = true;
    plan->why = "even draws: the model has too few trials";
    return plan;
  }
  const Turn turn = turn_of(key.trial_number);
  const bool planned =
      (turn == Turn::model || (turn == Turn::flip && options_.flips) || !options_.densities) &&
      models_->plan(*plan, options_.flips ? turn : Turn::model, options_);
  if (planned || !options_.densities) return plan;
  if (turn == Turn::flip && options_.flips) {  // and there is nothing to flip
    const TreeTpe::Proposal proposal = models_->tree.propose(view, key, false);
    if (!proposal.values.empty()) plan->values = proposal.space->by_name(proposal.values);
    plan->why = "explores: by densities of all parameters";
  } else {
    plan->alone = true;
    plan->split = split_trials(view);
    plan->why = "explores: each parameter by itself";
  }
  return plan;
}

std::optional<gp::CostModel> GpSampler::Models::costs(const HistoryView& view,
                                                      const ConditionalSpace& space) const {
  gp::Observations seen = gp::observe_costs(view);
  if (seen.trials.size() < 2 || !(seen.unit > 0)) return std::nullopt;
  const std::size_t most = std::min(seen.trials.size(), kMostSeen);
  const auto old = static_cast<std::ptrdiff_t>(seen.trials.size() - most);
  seen.trials.erase(seen.trials.begin(), seen.trials.begin() + old);
  seen.y.erase(seen.y.begin(), seen.y.begin() + old);
  return gp::CostModel{gp::Posterior(gp::coordinates(space, seen.trials), seen.y,
                                     cost_fitter.fit_to(view)->in(space)),
                       seen.unit};
}

// False: it is a turn to flip and there is nothing to flip, or there is nothing to learn from.
bool GpSampler::Models::plan(GpPlan& plan, Turn turn, const GpOptions& options) const {
  const ConditionalSpace space(plan.view.tree());
  gp::Observations seen = gp::observe(plan.view);
  if (space.size() == 0 || seen.best < 0) return false;
  const auto hyper = fitter.fit_to(plan.view);
  const std::vector<std::size_t> rows = rows_to_see(seen.y);
  std::vector<const TrialRecord*> trials;
  std::vector<double> y;
  for (const std::size_t row : rows) {
    trials.push_back(seen.trials[row]);
    y.push_back(seen.y[row]);
  }
  for (const TrialPtr& pending : plan.view.pending())
    if (!pending->params.empty()) trials.push_back(pending.get());
  std::vector<ConditionalSpace::Values> points;
  for (const TrialRecord* trial : trials) points.push_back(space.values_of(trial->params));
  const gp::Posterior posterior(gp::coordinates(space, trials), y, hyper->in(space));

  PhiloxStream random = joint_draw_stream(plan.key);
  const auto cost = options.per_cost ? costs(plan.view, space) : std::nullopt;
  gp::SearchTask task{&space, &posterior, &points, best_rows(y), 0, {}, cost ? &*cost : nullptr};
  // With noise the smallest value is luck, and the least posterior mean is not; where the model is
  // wrong about a narrow valley it is the other way round. So each has its turn.
  std::vector<double> means = posterior.means();
  means.resize(y.size());
  const std::vector<double>& incumbents = plan.key.trial_number % 2 == 0 ? means : y;
  task.target = *std::min_element(incumbents.begin(), incumbents.end());
  plan.why = cost ? "expected improvement per cost" : "expected improvement";
  if (turn == Turn::flip) {
    const Flip flip = choose_flip(space, {points.data(), y.size()}, y, task.best.front(), random);
    if (flip.fixed.dimension < 0 && options.densities) return false;
    if (flip.fixed.dimension >= 0) {
      task.fixed = flip.fixed;
      task.target = flip.best;
      const auto& d = space[static_cast<std::size_t>(flip.fixed.dimension)];
      plan.why = "explores: " + d.name + " = " +
                 to_text(to_external(d.distribution, flip.fixed.value)) + " with the best rest";
    }
  }
  plan.values = space.by_name(gp::search(task, random));
  return true;
}

double GpSampler::next(const Plan& plan, std::span<const Parameter>, const std::string& name,
                       const Distribution& distribution) const {
  const auto& own = static_cast<const GpPlan&>(plan);
  if (const auto planned = plan.planned(name, distribution)) return *planned;
  if (own.startup) return draw_stratified(plan.key, name, distribution, startup_);
  PhiloxStream stream = draw_stream(plan.key, name);
  if (own.alone && can_model(distribution))
    return propose_alone(own.split, {name, distribution}, 24, stream);
  return draw_uniform(stream, distribution);
}

}  // namespace hone::tune
