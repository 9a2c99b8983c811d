// Volumes by slices: along the last objective, with one objective less inside.
#include "tune/hypervolume.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace hone::tune {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
using Points = std::vector<Losses>;

// The product over the first d objectives.
double box(const Losses& point, const Losses& reference, std::size_t d) {
  double product = 1;
  for (std::size_t i = 0; i < d; ++i) product *= reference[i] - point[i];
  return product;
}

double volume(Points points, const Losses& reference, std::size_t d);

// What `point` adds to the first `count` of the others, in the first d objectives.
double gain(const Losses& point, const Points& others, std::size_t count, const Losses& reference,
            std::size_t d) {
  Points inside;  // the others, cut to the box of the point
  inside.reserve(count);
  for (std::size_t j = 0; j < count; ++j) {
    Losses cut(d);
    for (std::size_t i = 0; i < d; ++i) cut[i] = std::max(point[i], others[j][i]);
    inside.push_back(std::move(cut));
  }
  const double covered = inside.empty() ? 0 : volume(std::move(inside), reference, d);
  return box(point, reference, d) - covered;
}

double volume_2d(Points& points, const Losses& reference) {
  std::sort(points.begin(), points.end());
  double sum = 0, above = reference[1];
  for (const Losses& point : points) {
    if (point[1] >= above) continue;
    sum += (reference[0] - point[0]) * (above - point[1]);
    above = point[1];
  }
  return sum;
}

// Of the first d objectives; every point lies below the reference, or on it.
double volume(Points points, const Losses& reference, std::size_t d) {
  if (d == 1) {
    double least = reference[0];
    for (const Losses& point : points) least = std::min(least, point[0]);
    return reference[0] - least;
  }
  if (d == 2) return volume_2d(points, reference);
  const std::vector<int> ranks = nondomination_ranks(points, 1);
  Points front;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (ranks[i] == 0) front.push_back(std::move(points[i]));
  std::sort(front.begin(), front.end(), [d](const Losses& a, const Losses& b) {
    return a[d - 1] != b[d - 1] ? a[d - 1] < b[d - 1] : a < b;
  });
  front.erase(std::unique(front.begin(), front.end()), front.end());
  // Those before it are at most it in objective d - 1, so it adds a slab of its height there.
  double sum = 0;
  for (std::size_t i = 0; i < front.size(); ++i)
    sum += (reference[d - 1] - front[i][d - 1]) * gain(front[i], front, i, reference, d - 1);
  return sum;
}

bool is_below(const Losses& point, const Losses& reference) {
  for (std::size_t i = 0; i < reference.size(); ++i)
    if (!(point[i] < reference[i])) return false;
  return true;
}

bool is_finite(const Losses& point) {
  return std::all_of(point.begin(), point.end(), [](double v) { return std::isfinite(v); });
}

}  // namespace

double hypervolume(const Points& points, const Losses& reference) {
  Points inside;
  for (const Losses& point : points) {
    if (!is_below(point, reference)) continue;
    if (!is_finite(point)) return kInfinity;
    inside.push_back(point);
  }
  if (inside.empty()) return 0;
  return is_finite(reference) ? volume(std::move(inside), reference, reference.size()) : kInfinity;
}

double hypervolume_gain(const Points& points, const Losses& point, const Losses& reference) {
  if (!is_below(point, reference)) return 0;
  if (!is_finite(point) || !is_finite(reference)) return kInfinity;
  Points others;
  for (const Losses& other : points)
    if (is_below(other, reference)) others.push_back(other);
  return gain(point, others, others.size(), reference, reference.size());
}

Losses reference_beyond(const Points& points) {
  Losses reference;
  for (std::size_t i = 0; !points.empty() && i < points.front().size(); ++i) {
    double worst = -kInfinity;
    for (const Losses& point : points) worst = std::max(worst, point[i]);
    const double beyond = std::max(1.1 * worst, 0.9 * worst);
    reference.push_back(beyond == 0 ? 1e-12 : beyond);
  }
  return reference;
}

std::vector<std::size_t> hypervolume_subset(const Points& points, std::size_t count,
                                            const Losses& reference) {
  std::vector<std::size_t> order(points.size()), repeated;
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (count >= points.size()) return order;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return points[a] < points[b]; });
  std::vector<std::size_t> left;
  for (const std::size_t place : order)
    (left.empty() || points[left.back()] != points[place] ? left : repeated).push_back(place);
  const bool finite = is_finite(reference) && std::all_of(points.begin(), points.end(), is_finite);
  if (left.size() <= count || !finite) {
    left.insert(left.end(), repeated.begin(), repeated.end());
    left.resize(count);
    return left;
  }
  // The gain of a point only falls when others are chosen, so an old one is an upper bound, and
  // only those that might be the largest are computed again (lazily greedy).
  std::vector<double> bound;
  for (const std::size_t place : left)
    bound.push_back(box(points[place], reference, reference.size()));
  std::vector<std::size_t> chosen;
  Points chosen_points;
  std::vector<std::size_t> known(left.size(), 0);  // how many were chosen when it was computed
  while (chosen.size() < count) {
    std::size_t best = 0;
    while (true) {
      best = static_cast<std::size_t>(std::max_element(bound.begin(), bound.end()) - bound.begin());
      if (known[best] == chosen.size()) break;
      bound[best] = gain(points[left[best]], chosen_points, chosen_points.size(), reference,
                         reference.size());
      known[best] = chosen.size();
    }
    chosen.push_back(left[best]);
    chosen_points.push_back(points[left[best]]);
    bound[best] = -kInfinity;
    known[best] = count + 1;
  }
  return chosen;
}

HypervolumeHistory hypervolume_history(const std::vector<TrialRecord>& trials,
                                       const std::vector<Direction>& directions,
                                       const std::optional<Losses>& reference) {
  Points all;
  for (const TrialRecord& trial : trials)
    if (is_comparable(trial, directions.size())) all.push_back(losses_of(trial, directions));
  HypervolumeHistory history;
  history.volume.assign(trials.size(), 0);
  history.reference = reference.value_or(reference_beyond(all));
  if (all.empty()) return history;
  Points front;
  double sum = 0;
  for (std::size_t i = 0, next = 0; i < trials.size(); ++i) {
    history.volume[i] = sum;
    if (!is_comparable(trials[i], directions.size())) continue;
    const Losses& point = all[next++];
    if (std::any_of(front.begin(), front.end(),
                    [&](const Losses& other) { return other == point || dominates(other, point); }))
      continue;
    sum += hypervolume_gain(front, point, history.reference);
    history.volume[i] = sum;
    std::erase_if(front, [&](const Losses& other) { return dominates(point, other); });
    front.push_back(point);
  }
  return history;
}

}  // namespace hone::tune
