// Volumes by slices: along the last objective, with one objective less inside.
#include "tune/hypervolume.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace hone::tune {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
using Points = std::vector<Losses>;

// Points as rows of d numbers, one behind the other, and what the recursion needs room for: one
// object serves many calls.
struct Room {
  std::vector<double> cut, front;
  std::vector<const double*> order;
  std::vector<std::pair<double, double>> flat;
};

bool is_before(const double* a, const double* b, std::size_t d) {
  return std::lexicographical_compare(a, a + d, b, b + d);
}

// The product over the first d objectives.
double box(const double* point, const double* reference, std::size_t d) {
  double product = 1;
  for (std::size_t i = 0; i < d; ++i) product *= reference[i] - point[i];
  return product;
}

double volume_2d(std::vector<std::pair<double, double>>& points, const double* reference) {
  std::sort(points.begin(), points.end());
  double sum = 0, above = reference[1];
  for (const auto& [x, y] : points) {
    if (y >= above) continue;
    sum += (reference[0] - x) * (above - y);
    above = y;
  }
  return sum;
}

// Volumes of d objectives; room[d] and those below are free. Every point lies below the reference,
// or on it.
class Volumes {
 public:
  explicit Volumes(const Losses& reference)
      : reference_(reference.data()), room_(reference.size() + 1) {}

  // Of `count` rows of `width` numbers, of which the first d count.
  double volume(const double* rows, std::size_t count, std::size_t width, std::size_t d);
  // What `point` adds to the rows.
  double gain(const double* point, const double* rows, std::size_t count, std::size_t width,
              std::size_t d);

 private:
  const double* reference_;
  std::vector<Room> room_;
};

double Volumes::gain(const double* point, const double* rows, std::size_t count, std::size_t width,
                     std::size_t d) {
  double covered = 0;
  if (count > 0 && d == 2) {
    auto& flat = room_[d].flat;
    flat.clear();
    for (const double* row = rows; flat.size() < count; row += width)
      flat.emplace_back(std::max(point[0], row[0]), std::max(point[1], row[1]));
    covered = volume_2d(flat, reference_);
  } else if (count > 0) {
    std::vector<double>& cut = room_[d].cut;  // the others, cut to the box of the point
    cut.resize(count * d);
    for (std::size_t j = 0; j < count; ++j)
      for (std::size_t i = 0; i < d; ++i) cut[j * d + i] = std::max(point[i], rows[j * width + i]);
    covered = volume(cut.data(), count, d, d);
  }
  return box(point, reference_, d) - covered;
}

double Volumes::volume(const double* rows, std::size_t count, std::size_t width, std::size_t d) {
  Room& room = room_[d];
  if (d == 1) {
    double least = reference_[0];
    for (std::size_t j = 0; j < count; ++j) least = std::min(least, rows[j * width]);
    return reference_[0] - least;
  }
  if (d == 2) {
    room.flat.clear();
    for (std::size_t j = 0; j < count; ++j)
      room.flat.emplace_back(rows[j * width], rows[j * width + 1]);
    return volume_2d(room.flat, reference_);
  }
  room.order.resize(count);
  for (std::size_t j = 0; j < count; ++j) room.order[j] = rows + j * width;
  std::sort(room.order.begin(), room.order.end(), [d](const double* a, const double* b) {
    return a[d - 1] != b[d - 1] ? a[d - 1] < b[d - 1] : is_before(a, b, d);
  });
  // Those before it are at most it in objective d - 1: so only they can be as good everywhere, and
  // it adds a slab of its height there.
  double sum = 0;
  room.front.clear();
  std::size_t front = 0;
  for (const double* point : room.order) {
    bool covered = false;
    for (std::size_t k = 0; k < front && !covered; ++k) {
      const double* other = room.front.data() + k * d;
      covered = true;
      for (std::size_t i = 0; i < d && covered; ++i) covered = other[i] <= point[i];
    }
    if (covered) continue;
    sum += (reference_[d - 1] - point[d - 1]) * gain(point, room.front.data(), front, d, d - 1);
    room.front.insert(room.front.end(), point, point + d);
    ++front;
  }
  return sum;
}

std::vector<double> rows_of(const Points& points) {
  std::vector<double> rows;
  for (const Losses& point : points) rows.insert(rows.end(), point.begin(), point.end());
  return rows;
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
  if (!is_finite(reference)) return kInfinity;
  const std::size_t d = reference.size();
  return Volumes(reference).volume(rows_of(inside).data(), inside.size(), d, d);
}

double hypervolume_gain(const Points& points, const Losses& point, const Losses& reference) {
  if (!is_below(point, reference)) return 0;
  if (!is_finite(point) || !is_finite(reference)) return kInfinity;
  Points others;
  for (const Losses& other : points)
    if (is_below(other, reference)) others.push_back(other);
  const std::size_t d = reference.size();
  return Volumes(reference).gain(point.data(), rows_of(others).data(), others.size(), d, d);
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
  Points candidates;
  for (const std::size_t place : left) candidates.push_back(points[place]);
  std::vector<std::size_t> chosen = GreedyVolume().choose(rows_of(candidates), count, reference);
  for (std::size_t& at : chosen) at = left[at];
  return chosen;
}

// The gain of a candidate that was not there depends on what was chosen before alone, so the first
// choices hold up to the first one that it beats, or that is there no more.
std::size_t GreedyVolume::still_holds(const std::vector<double>& rows,
                                      const Losses& reference) const {
  if (reference != reference_) return 0;
  const std::size_t d = reference.size();
  std::size_t holds = gains_.size();
  Volumes volumes(reference);
  const auto gone = [&](const double* row) {
    for (std::size_t step = 0; step < holds; ++step)
      if (std::equal(row, row + d, chosen_.data() + step * d)) holds = step;
  };
  const auto is_new = [&](const double* row) {
    for (std::size_t step = 0; step < holds; ++step) {
      const double* other = chosen_.data() + step * d;
      const double gain = volumes.gain(row, chosen_.data(), step, d, d);
      if (gain > gains_[step] || (gain == gains_[step] && is_before(row, other, d))) holds = step;
    }
  };
  const double *a = rows_.data(), *a_end = a + rows_.size();
  const double *b = rows.data(), *b_end = b + rows.size();
  while ((a != a_end || b != b_end) && holds > 0) {
    if (b == b_end || (a != a_end && is_before(a, b, d))) {
      gone(a);
      a += d;
    } else if (a == a_end || is_before(b, a, d)) {
      is_new(b);
      b += d;
    } else {
      a += d;
      b += d;
    }
  }
  return holds;
}

std::vector<std::size_t> GreedyVolume::choose(std::vector<double> rows, std::size_t count,
                                              const Losses& reference) {
  const std::size_t d = reference.size(), n = rows.size() / d;
  const std::size_t holds = still_holds(rows, reference);
  gains_.resize(holds);
  chosen_.resize(holds * d);
  rows_ = std::move(rows);
  reference_ = reference;
  const auto row_at = [&](std::size_t i) { return rows_.data() + i * d; };
  // Places of the rows: they are sorted.
  const auto place_of = [&](const double* row) {
    std::size_t first = 0, last = n;
    while (first < last) {
      const std::size_t middle = (first + last) / 2;
      if (is_before(row_at(middle), row, d))
        first = middle + 1;
      else
        last = middle;
    }
    return first;
  };
  std::vector<std::size_t> places;
  for (std::size_t step = 0; step < std::min(holds, count); ++step)
    places.push_back(place_of(chosen_.data() + step * d));
  if (holds >= count) return places;
  // The gain of a point only falls when others are chosen, so an old one is an upper bound, and
  // only those that might be the largest are computed again (lazily greedy).
  Volumes volumes(reference);
  struct Bound {
    double gain;
    std::size_t place, known;  // how many were chosen when it was computed
    bool operator<(const Bound& other) const {
      return gain != other.gain ? gain < other.gain : place > other.place;
    }
  };
  std::vector<Bound> heap;
  for (std::size_t i = 0; i < n; ++i)
    if (std::find(places.begin(), places.end(), i) == places.end())
      heap.push_back({box(row_at(i), reference.data(), d), i, 0});
  std::make_heap(heap.begin(), heap.end());
  while (places.size() < count && !heap.empty()) {
    std::pop_heap(heap.begin(), heap.end());
    Bound& best = heap.back();
    if (best.known != places.size()) {
      best.gain = volumes.gain(row_at(best.place), chosen_.data(), places.size(), d, d);
      best.known = places.size();
      std::push_heap(heap.begin(), heap.end());
      continue;
    }
    gains_.push_back(best.gain);
    chosen_.insert(chosen_.end(), row_at(best.place), row_at(best.place) + d);
    places.push_back(best.place);
    heap.pop_back();
  }
  return places;
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
