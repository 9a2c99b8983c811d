// Non-dominated sorting.
#include "tune/pareto.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tune/constraints.h"

namespace hone::tune {
namespace {

using Places = std::vector<std::size_t>;

// Of points in lexicographic order without equal ones, those that no other dominates go to `front`,
// the rest to `behind`, both in order. A point can only be dominated by one before it.
void peel(const std::vector<Losses>& points, const Places& sorted, Places& front, Places& behind) {
  const bool flat = points[sorted.front()].size() <= 2;
  double least = std::numeric_limits<double>::infinity();  // of the last objective
  for (const std::size_t place : sorted) {
    const Losses& point = points[place];
    bool dominated = false;
    if (flat) {
      dominated = !front.empty() && !(point.size() == 2 && point.back() < least);
      least = front.empty() ? point.back() : std::min(least, point.back());
    } else {
      dominated = std::any_of(front.begin(), front.end(),
                              [&](std::size_t other) { return dominates(points[other], point); });
    }
    (dominated ? behind : front).push_back(place);
  }
}

}  // namespace

Losses losses_of(const TrialRecord& trial, const std::vector<Direction>& directions) {
  Losses losses(directions.size(), std::numeric_limits<double>::infinity());
  if (trial.values.size() != directions.size()) return losses;
  for (std::size_t i = 0; i < losses.size(); ++i)
    if (!std::isnan(trial.values[i]))
      losses[i] = directions[i] == Direction::minimize ? trial.values[i] : -trial.values[i];
  return losses;
}

bool dominates(std::span<const double> a, std::span<const double> b) {
  bool less = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
    less = less || a[i] < b[i];
  }
  return less;
}

std::vector<std::vector<std::size_t>> nondominated_fronts(const std::vector<Losses>& points,
                                                          std::size_t enough) {
  std::vector<Places> fronts;
  Places order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return points[a] < points[b]; });
  Places left, next(points.size());  // the first of each group of equals, and where the next begins
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (left.empty() || points[left.back()] != points[order[i]]) left.push_back(order[i]);
    next[left.back()] = i + 1;
  }
  const std::size_t unique = left.size();
  std::vector<std::size_t> begin(points.size());
  for (std::size_t k = 0, at = 0; k < unique; ++k) {
    begin[left[k]] = at;
    at = next[left[k]];
  }
  while (!left.empty() && unique - left.size() < enough) {
    Places front, behind, whole;
    peel(points, left, front, behind);
    for (const std::size_t place : front)
      for (std::size_t i = begin[place]; i < next[place]; ++i) whole.push_back(order[i]);
    fronts.push_back(std::move(whole));
    left = std::move(behind);
  }
  return fronts;
}

std::vector<int> nondomination_ranks(const std::vector<Losses>& points, std::size_t enough) {
  const std::vector<Places> fronts = nondominated_fronts(points, enough);
  std::vector<int> ranks(points.size(), static_cast<int>(fronts.size()));
  for (std::size_t rank = 0; rank < fronts.size(); ++rank)
    for (const std::size_t place : fronts[rank]) ranks[place] = static_cast<int>(rank);
  return ranks;
}

bool is_comparable(const TrialRecord& trial, std::size_t objectives) {
  return trial.state == TrialState::complete && trial.values.size() == objectives &&
         std::none_of(trial.values.begin(), trial.values.end(),
                      [](double value) { return std::isnan(value); }) &&
         is_feasible(trial);
}

std::vector<std::size_t> pareto_front(const std::vector<TrialRecord>& trials,
                                      const std::vector<Direction>& directions) {
  Places places;
  std::vector<Losses> points;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    if (!is_comparable(trials[i], directions.size())) continue;
    places.push_back(i);
    points.push_back(losses_of(trials[i], directions));
  }
  const std::vector<int> ranks = nondomination_ranks(points, 1);
  Places front;
  for (std::size_t i = 0; i < places.size(); ++i)
    if (ranks[i] == 0) front.push_back(places[i]);
  return front;
}

std::vector<TrialRecord> of_objective(std::vector<TrialRecord> trials, std::size_t objective) {
  for (TrialRecord& trial : trials)
    trial.values = objective < trial.values.size() ? std::vector<double>{trial.values[objective]}
                                                   : std::vector<double>{};
  return trials;
}

}  // namespace hone::tune
