// The split of a history into good and other trials.
#include "tune/samplers/split.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "tune/constraints.h"
#include "tune/hypervolume.h"

namespace hone::tune {
namespace {

constexpr double kWorst = std::numeric_limits<double>::infinity();

bool is_observed(const TrialRecord& trial) {
  return trial.state == TrialState::complete || trial.state == TrialState::pruned;
}

// Smaller is better; NaN counts as the worst.
double signed_value(double value, Direction direction) {
  if (std::isnan(value)) return kWorst;
  return direction == Direction::minimize ? value : -value;
}

using Key = std::pair<double, double>;
using Ranked = std::pair<Key, const TrialRecord*>;

// Moves the `count` best to below and the rest to above.
void deal(std::vector<Ranked>& ranked, std::size_t count, TrialSplit& split) {
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const Ranked& a, const Ranked& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < ranked.size(); ++i)
    (i < count ? split.below : split.above).push_back(ranked[i].second);
}

// Worth 0 for the `count` best, 1 for the others.
void rank_several(std::vector<Ranked>& complete, std::size_t count,
                  const std::vector<Direction>& directions) {
  std::vector<Losses> points;
  for (auto& [worth, trial] : complete) {
    points.push_back(losses_of(*trial, directions));
    worth = {1, 0};
  }
  for (const std::size_t i : best_of_several(points, count)) complete[i].first = {0, 0};
}

}  // namespace

std::pair<double, double> complete_worth(const TrialRecord& trial, Direction direction) {
  return {trial.values.empty() ? kWorst : signed_value(trial.values.front(), direction), 0};
}

std::pair<double, double> pruned_worth(const TrialRecord& trial, Direction direction) {
  if (trial.intermediate.empty()) return {1, 0};
  const auto& [step, value] = *trial.intermediate.rbegin();
  return {-static_cast<double>(step), signed_value(value, direction)};
}

int good_count(int n, bool several) {
  const int tenth = n / 10 + (n % 10 != 0 ? 1 : 0);
  return several ? tenth : std::min(tenth, 25);
}

std::vector<std::size_t> best_of_several(const std::vector<Losses>& points, std::size_t count) {
  std::vector<std::size_t> best;
  for (const std::vector<std::size_t>& front : nondominated_fronts(points, count)) {
    std::vector<Losses> tied;
    for (const std::size_t i : front) tied.push_back(points[i]);
    for (const std::size_t i :
         hypervolume_subset(tied, count - best.size(), reference_beyond(tied)))
      best.push_back(front[i]);
    if (best.size() == count) break;
  }
  return best;
}

TrialSplit split_trials(const HistoryView& history, std::optional<int> good) {
  TrialSplit split;
  std::vector<Ranked> complete, pruned, infeasible;
  for (const TrialRecord& trial : history.finished()) {
    const double broken = is_observed(trial) ? violation(trial) : 0;
    if (broken > 0)
      infeasible.emplace_back(Key{broken, 0}, &trial);
    else if (trial.state == TrialState::complete)
      complete.emplace_back(complete_worth(trial, history.direction()), &trial);
    else if (trial.state == TrialState::pruned)
      pruned.emplace_back(pruned_worth(trial, history.direction()), &trial);
  }
  for (const TrialPtr& trial : history.pending()) split.above.push_back(trial.get());
  split.observed = static_cast<int>(complete.size() + pruned.size() + infeasible.size());
  const std::size_t count =
      static_cast<std::size_t>(good.value_or(good_count(split.observed, history.several())));
  if (history.several()) rank_several(complete, count, history.directions());
  deal(complete, count, split);
  deal(pruned, count - split.below.size(), split);
  deal(infeasible, count - split.below.size(), split);
  const auto by_number = [](const TrialRecord* a, const TrialRecord* b) {
    return a->number < b->number;
  };
  std::stable_sort(split.below.begin(), split.below.end(), by_number);
  std::stable_sort(split.above.begin(), split.above.end(), by_number);
  return split;
}

const Parameter* find_parameter(const TrialRecord& trial, const std::string& name,
                                std::size_t& hint) {
  const auto& params = trial.params;
  if (hint < params.size() && params[hint].name == name) return &params[hint];
  for (std::size_t i = 0; i < params.size(); ++i) {
    if (params[i].name != name) continue;
    hint = i;
    return &params[i];
  }
  return nullptr;
}

void CommonSpace::add(const TrialPtr& trial) {
  if (!is_observed(*trial)) return;
  const std::vector<Parameter>& params = trial->params;
  if (!first_) {
    first_ = trial;
    for (std::size_t i = 0; i < params.size(); ++i)
      if (!is_single(params[i].distribution))
        candidates_.push_back({{params[i].name, params[i].distribution}, i});
    return;
  }
  std::erase_if(candidates_, [&](Candidate& candidate) {
    const Parameter* p = find_parameter(*trial, candidate.named.name, candidate.hint);
    return p == nullptr || p->distribution != candidate.named.distribution;
  });
  conditional_ = conditional_ || params.size() != first_->params.size();
  for (std::size_t i = 0; i < params.size() && !conditional_; ++i) {
    // Trials mostly suggest in one order, so the search is rarely needed.
    const std::string& name = params[i].name;
    conditional_ = first_->params[i].name != name && first_->find(name) == nullptr;
  }
}

std::vector<NamedDistribution> CommonSpace::parameters() const {
  std::vector<NamedDistribution> space;
  for (const Candidate& candidate : candidates_) space.push_back(candidate.named);
  std::sort(space.begin(), space.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return space;
}

CommonSpace CommonSpaces::of(const HistoryView& view) const {
  const auto known = known_.find(view);
  CommonSpace space = known.value ? *known.value : CommonSpace();
  for (std::size_t i = known.trials; i < view.log_count(); ++i) space.add(view.trial(i));
  if (!known.value || known.trials < view.log_count())
    known_.keep(view.prefix(view.log_count()), std::make_shared<const CommonSpace>(space));
  for (std::size_t i = view.log_count(); i < view.size(); ++i) space.add(view.trial(i));
  return space;
}

}  // namespace hone::tune
