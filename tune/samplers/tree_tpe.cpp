// What is kept of a history, and the proposal made from it.
#include "tune/samplers/tree_tpe.h"

#include <algorithm>
#include <cmath>

#include "tune/constraints.h"
#include "tune/samplers/draw.h"
#include "tune/samplers/split.h"

namespace hone::tune {
namespace {

constexpr std::size_t kMostGood = 25, kMostOthers = 192;
constexpr int kCandidates = 8;

template <class Rows>
std::vector<const TreePoint*> points_of(const Rows& rows) {
  std::vector<const TreePoint*> points;
  points.reserve(rows.size());
  for (const auto& row : rows) points.push_back(&row->point);
  return points;
}

}  // namespace

void TreeTpe::add(State& state, const HistoryView& view, std::size_t place) {
  const TrialPtr& trial = view.trial(place);
  const Direction direction = view.direction();
  const bool complete = trial->state == TrialState::complete;
  if (!complete && trial->state != TrialState::pruned) return;
  ++state.observed;
  auto row = std::make_shared<Row>();
  row->keep = trial;
  const double broken = violation(*trial);
  row->complete = complete && broken == 0;
  row->worth = broken > 0 ? std::pair{broken, 0.0}
               : complete ? complete_worth(*trial, direction)
                          : pruned_worth(*trial, direction);
  if (state.space) row->point = TreePoint(*state.space, trial->params);
  if (view.several() && complete && !(broken > 0)) {
    state.fronts.add(place, losses_of(*trial, view.directions()));
  } else {
    std::vector<RowPtr>& ranking = broken > 0 ? state.least_broken
                                   : complete ? state.best
                                              : state.best_pruned;
    const auto rank =
        std::upper_bound(ranking.begin(), ranking.end(), row,
                         [](const RowPtr& a, const RowPtr& b) { return a->worth < b->worth; });
    if (rank - ranking.begin() < static_cast<std::ptrdiff_t>(kMostGood)) ranking.insert(rank, row);
    if (ranking.size() > kMostGood) ranking.pop_back();
  }
  state.newest.push_back(std::move(row));
  if (state.newest.size() > kMostGood + kMostOthers + 64)
    state.newest.erase(state.newest.begin(),
                       state.newest.end() - static_cast<std::ptrdiff_t>(kMostGood + kMostOthers));
}

// The tree has changed: other dimensions, other ranges.
void TreeTpe::embed_again(State& state) {
  const auto again = [&](RowPtr& row) {
    auto copy = std::make_shared<Row>(*row);
    copy->point = TreePoint(*state.space, copy->keep->params);
    row = std::move(copy);
  };
  for (std::vector<RowPtr>* list :
       {&state.best, &state.best_pruned, &state.least_broken, &state.newest})
    for (RowPtr& row : *list) again(row);
}

// The best COMPLETE ones of the first `seen` trials. Rows of good trials stay the same.
std::vector<TreeTpe::RowPtr> TreeTpe::best_of_fronts(State& state, const HistoryView& view,
                                                     std::size_t seen, std::size_t count) {
  if (!state.fronts.has(count)) {
    std::vector<std::size_t> places;
    std::vector<Losses> points;
    for (std::size_t i = 0; i < seen; ++i) {
      if (view[i].state != TrialState::complete || violation(view[i]) > 0) continue;
      places.push_back(i);
      points.push_back(losses_of(view[i], view.directions()));
    }
    state.fronts.begin(places, points);
  }
  std::vector<RowPtr> rows;
  for (const std::size_t place : state.fronts.best(count)) {
    const TrialPtr& trial = view.trial(place);
    const auto known = std::find_if(state.good.begin(), state.good.end(), [&](const RowPtr& row) {
      return row->keep->number == trial->number;
    });
    rows.push_back(known != state.good.end() ? *known : row_of(state, trial));
  }
  return rows;
}

// `seen`: so many trials of the view have been added.
void TreeTpe::choose_good(State& state, const HistoryView& view, std::size_t seen) {
  const std::size_t count = static_cast<std::size_t>(good_count(state.observed));
  std::vector<RowPtr> good;
  if (view.several()) good = best_of_fronts(state, view, seen, count);
  for (const std::vector<RowPtr>* list : {&state.best, &state.best_pruned, &state.least_broken})
    for (const RowPtr& row : *list)
      if (good.size() < count) good.push_back(row);
  if (view.several())
    std::sort(good.begin(), good.end(),
              [](const RowPtr& a, const RowPtr& b) { return a->keep->number > b->keep->number; });
  if (state.good_density && good == state.good) return;
  state.good = std::move(good);
  state.good_density = std::make_shared<const TreeDensity>(*state.space, points_of(state.good));
}

std::shared_ptr<const TreeTpe::State> TreeTpe::state_of(const HistoryView& view) const {
  auto [known, from] = known_.find(view);
  const auto grow = [&](State& state, std::size_t first, std::size_t last, ParameterTree tree) {
    const bool changed = !state.space || !state.tree.same_as(tree);
    if (changed) {
      state.space = std::make_shared<const ConditionalSpace>(tree);
      state.tree = std::move(tree);
    }
    for (std::size_t i = first; i < last; ++i) add(state, view, i);
    if (changed) {
      embed_again(state);
      state.good.clear();
      state.good_density = nullptr;
    }
    choose_good(state, view, last);
  };
  if (!known || from < view.log_count()) {
    auto state = known ? std::make_shared<State>(*known) : std::make_shared<State>();
    const HistoryView first = view.prefix(view.log_count());
    grow(*state, from, view.log_count(), first.tree());
    known = std::move(state);
    known_.keep(first, known);
  }
  if (view.size() == view.log_count()) return known;
  auto state = std::make_shared<State>(*known);
  grow(*state, view.log_count(), view.size(), view.tree());
  return state;
}

TreeTpe::RowPtr TreeTpe::row_of(const State& state, TrialPtr trial) {
  auto row = std::make_shared<Row>();
  row->point = TreePoint(*state.space, trial->params);
  row->keep = std::move(trial);
  return row;
}

// Optuna's rule (split.h), of the kept rows alone.
TreeTpe::Sides TreeTpe::split(const State& state, const HistoryView& view) {
  Sides sides;
  const auto make = [&](TrialPtr trial) {
    sides.made.push_back(row_of(state, std::move(trial)));
    return sides.made.back().get();
  };
  for (const RowPtr& row : state.good) sides.below.push_back(row.get());
  std::vector<int> good;
  for (const Row* row : sides.below) good.push_back(row->keep->number);
  std::sort(good.begin(), good.end());
  const auto is_good = [&](const RowPtr& row) {
    return std::binary_search(good.begin(), good.end(), row->keep->number);
  };
  for (std::size_t i = state.newest.size(); i-- > 0 && sides.above.size() < kMostOthers;)
    if (!is_good(state.newest[i])) sides.above.push_back(state.newest[i].get());
  for (const TrialPtr& pending : view.pending()) {
    if (!pending->params.empty()) sides.above.push_back(make(pending));
  }
  return sides;
}

namespace {

// The flip among the kept rows.
template <class Rows>
Flip flip_among(const ConditionalSpace& space, const Rows& below, const Rows& above,
                PhiloxStream& random) {
  std::vector<ConditionalSpace::Values> points;
  std::vector<double> y;
  for (const Rows* rows : {&below, &above})
    for (const auto& row : *rows) {
      if (!row->complete || !std::isfinite(row->worth.first)) continue;
      points.push_back(row->point.values);
      y.push_back(row->worth.first);
    }
  if (points.empty()) return {};
  const std::size_t best =
      static_cast<std::size_t>(std::min_element(y.begin(), y.end()) - y.begin());
  return choose_flip(space, points, y, best, random);
}

}  // namespace

TreeTpe::Proposal TreeTpe::propose(const HistoryView& view, const DrawKey& key, bool flips) const {
  const std::shared_ptr<const State> kept = state_of(view);
  const State& state = *kept;
  Proposal proposal{state.space, {}, {}};
  if (state.space->size() == 0 || state.observed == 0) return proposal;
  const ConditionalSpace& space = *state.space;
  const Sides sides = split(state, view);
  PhiloxStream random = joint_draw_stream(key);
  if (flips && turn_of(key.trial_number) == Turn::flip)
    proposal.flip = flip_among(space, sides.below, sides.above, random);
  const TreeDensity& good = *state.good_density;
  const TreeDensity other(space, points_of(sides.above));
  std::vector<ConditionalSpace::Values> candidates;
  for (int c = 0; c < kCandidates; ++c)
    candidates.push_back(good.sample(random, proposal.flip.fixed));
  const std::vector<double> inside = good.log_pdf(candidates), outside = other.log_pdf(candidates);
  std::size_t best = 0;
  for (std::size_t c = 1; c < candidates.size(); ++c)
    if (inside[c] - outside[c] > inside[best] - outside[best]) best = c;
  proposal.values = std::move(candidates[best]);
  return proposal;
}

}  // namespace hone::tune
