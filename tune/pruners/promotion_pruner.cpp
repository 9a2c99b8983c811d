// Rungs at which trials wait.
#include "tune/pruners/promotion_pruner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>

#include "base/error.h"
#include "base/json.h"
#include "tune/trial_change.h"

namespace hone::tune {
namespace {

std::string rung_key(int rung) { return fmt::format("{}{}", kPrunerNote, rung); }

// The trials that others continue, as far as the view knows.
std::set<int> continued(const HistoryView& view) {
  std::set<int> numbers;
  for (const TrialRecord& trial : view.finished())
    if (const auto promotion = promotion_of(trial)) numbers.insert(promotion->from);
  for (const TrialPtr& trial : view.pending())
    if (const auto promotion = promotion_of(*trial)) numbers.insert(promotion->from);
  return numbers;
}

}  // namespace

OptionList PromotionOptions::list() {
  return {
      {"max_resource", max_resource, 0, INT_MAX, "so many reports has a whole trial; needed"},
      {"min_resource", min_resource, 1, INT_MAX, "a trial is first paused after so many reports"},
      {"reduction_factor", reduction_factor, 2, INT_MAX,
       "of the trials at a rung one in so many is promoted"}};
}

PromotionPruner::PromotionPruner(const PromotionOptions& options) : options_(options) {
  check_options("pruner promotion", options_.list());
  check(options.max_resource > options.min_resource,
        "pruner promotion: max_resource is {}; it must be the number of reports of a whole trial, "
        "more than min_resource {}",
        options.max_resource, options.min_resource);
}

std::string PromotionPruner::options_json() const {
  PromotionOptions options = options_;
  return tune::options_json(options.list());
}

int PromotionPruner::due(int rung) const {
  std::int64_t due = options_.min_resource;
  for (int k = 0; k < rung && due < options_.max_resource; ++k) due *= options_.reduction_factor;
  return due < options_.max_resource ? static_cast<int>(due) : 0;
}

struct PromotionPruner::Rungs {
  struct AtRung {
    double value = 0;
    int number = -1, root = -1;
    bool waits = false;  // it may be promoted
  };
  std::map<int, std::vector<AtRung>> trials;  // of each rung, the best first
};

PromotionPruner::Rungs PromotionPruner::rungs_of(const HistoryView& view) {
  const std::set<int> gone = continued(view);
  Rungs rungs;
  for (const TrialRecord& trial : view.finished()) {
    const auto promotion = promotion_of(trial);
    const int rung = promotion ? promotion->rung : 0;
    const auto note = trial.system_attrs.find(rung_key(rung));
    if (note == trial.system_attrs.end() || trial.intermediate.empty()) continue;
    rungs.trials[rung].push_back(
        {trial.intermediate.rbegin()->second, trial.number, seed_number(trial),
         trial.state == TrialState::pruned && !gone.contains(trial.number)});
  }
  const double sign = view.direction() == Direction::minimize ? 1 : -1;
  for (auto& [rung, list] : rungs.trials)
    std::sort(list.begin(), list.end(), [&](const Rungs::AtRung& a, const Rungs::AtRung& b) {
      return a.value != b.value ? sign * a.value < sign * b.value : a.number < b.number;
    });
  return rungs;
}

Decision PromotionPruner::decide(const HistoryView&, const DrawKey&,
                                 const TrialRecord& trial) const {
  if (trial.intermediate.empty()) return {Decision::Action::go_on, "kept: no value reported yet"};
  const auto promotion = promotion_of(trial);
  const int rung = promotion ? promotion->rung : 0, pause = due(rung);
  const auto& [step, value] = *trial.intermediate.rbegin();
  if (pause == 0)
    return {Decision::Action::go_on,
            fmt::format("kept: rung {} is the last one, it goes on to its end", rung)};
  if (step + std::int64_t{1} < pause)
    return {Decision::Action::go_on,
            fmt::format("kept: step {} is before rung {} at step {}", step, rung, pause - 1)};
  if (std::isnan(value))
    return {Decision::Action::prune, fmt::format("the value at rung {} is NaN", rung)};
  Decision decision{Decision::Action::pause,
                    fmt::format("paused at rung {} (step {}) with {:.4g}; it goes on when it is "
                                "among the best 1/{} there",
                                rung, step, value, options_.reduction_factor)};
  decision.attrs[rung_key(rung)] = json_number(value);
  return decision;
}

std::optional<Promotion> PromotionPruner::promote(const HistoryView& history,
                                                  const DrawKey&) const {
  const auto rungs = rungs_.get(history, rungs_of);
  for (auto at = rungs->trials.rbegin(); at != rungs->trials.rend(); ++at) {
    const auto& [rung, list] = *at;
    const std::size_t places = list.size() / static_cast<std::size_t>(options_.reduction_factor);
    for (std::size_t i = 0; i < places; ++i)
      if (list[i].waits) return Promotion{list[i].number, list[i].root, rung + 1};
  }
  return std::nullopt;
}

HistoryView PromotionPruner::sampler_view(const HistoryView& history, const DrawKey&) const {
  const auto view = sampler_views_.get(history, [](const HistoryView& whole) {
    const std::set<int> gone = continued(whole);
    std::vector<TrialPtr> shown, pending;
    for (std::size_t i = 0; i < whole.size(); ++i)
      if (!gone.contains(whole[i].number)) shown.push_back(whole.trial(i));
    for (const TrialPtr& trial : whole.pending()) pending.push_back(trial);
    return HistoryView(whole.directions(), std::move(shown), whole.reported())
        .with_pending(std::move(pending));
  });
  return *view;
}

}  // namespace hone::tune
