// Points move from front to front.
#include "tune/samplers/leading_fronts.h"

#include <algorithm>
#include <cmath>

namespace hone::tune {
namespace {

// A few more than are asked for, so that it is rare that all points are looked at again.
constexpr std::size_t kKept = 100;

bool any_dominates(const std::vector<double>& rows, const double* row, std::size_t d) {
  for (const double* other = rows.data(); other != rows.data() + rows.size(); other += d)
    if (dominates({other, d}, {row, d})) return true;
  return false;
}

}  // namespace

void LeadingFronts::insert(Front& front, std::size_t place, const double* row, std::size_t d) {
  std::size_t first = 0, last = front.places.size();
  while (first < last) {
    const std::size_t middle = (first + last) / 2;
    const double* other = front.rows.data() + middle * d;
    const bool less = std::lexicographical_compare(other, other + d, row, row + d);
    if (less || (std::equal(other, other + d, row) && front.places[middle] < place))
      first = middle + 1;
    else
      last = middle;
  }
  const auto at = static_cast<std::ptrdiff_t>(first), width = static_cast<std::ptrdiff_t>(d);
  front.rows.insert(front.rows.begin() + at * width, row, row + d);
  front.places.insert(front.places.begin() + at, place);
}

LeadingFronts::FrontPtr LeadingFronts::exchange(const Front& front, Front& moved, std::size_t d) {
  auto kept = std::make_shared<Front>();
  Front out;
  kept->rows.reserve(front.rows.size() + moved.rows.size());
  kept->places.reserve(front.places.size() + moved.places.size());
  for (std::size_t i = 0; i < front.places.size(); ++i) {
    const double* row = front.rows.data() + i * d;
    Front& side = any_dominates(moved.rows, row, d) ? out : *kept;
    side.rows.insert(side.rows.end(), row, row + d);
    side.places.push_back(front.places[i]);
  }
  for (std::size_t i = 0; i < moved.places.size(); ++i)
    insert(*kept, moved.places[i], moved.rows.data() + i * d, d);
  moved = std::move(out);
  return kept;
}

void LeadingFronts::add(std::size_t place, const Losses& losses) {
  objectives_ = losses.size();
  std::size_t rank = 0;
  while (rank < fronts_.size() && any_dominates(fronts_[rank]->rows, losses.data(), objectives_))
    ++rank;
  Front moved{losses, {place}};
  for (; rank < fronts_.size() && !moved.places.empty(); ++rank)
    fronts_[rank] = exchange(*fronts_[rank], moved, objectives_);
  if (!moved.places.empty()) {
    // Who is behind the last front belongs to the next one only where nobody else is.
    if (more_) return;
    fronts_.push_back(std::make_shared<const Front>(std::move(moved)));
  }
  drop_last();
}

void LeadingFronts::drop_last() {
  std::size_t size = 0;
  for (std::size_t i = 0; i < fronts_.size(); ++i) {
    if (size >= kKept) {
      fronts_.resize(i);
      more_ = true;
      return;
    }
    size += fronts_[i]->places.size();
  }
}

bool LeadingFronts::has(std::size_t count) const {
  std::size_t size = 0;
  for (const FrontPtr& front : fronts_) size += front->places.size();
  return !more_ || size >= count;
}

void LeadingFronts::begin(const std::vector<std::size_t>& places,
                          const std::vector<Losses>& points) {
  fronts_.clear();
  std::size_t size = 0;
  for (const std::vector<std::size_t>& members : nondominated_fronts(points, kKept)) {
    auto front = std::make_shared<Front>();
    for (const std::size_t i : members) {
      front->rows.insert(front->rows.end(), points[i].begin(), points[i].end());
      front->places.push_back(places[i]);
    }
    size += members.size();
    fronts_.push_back(std::move(front));
  }
  more_ = size < points.size();
}

std::vector<std::size_t> LeadingFronts::best(std::size_t count) {
  std::vector<std::size_t> best;
  for (const FrontPtr& front : fronts_) {
    if (best.size() == count) break;
    const std::vector<std::size_t> part = part_of(*front, count - best.size());
    best.insert(best.end(), part.begin(), part.end());
  }
  return best;
}

// As hypervolume_subset() and reference_beyond() of the points.
std::vector<std::size_t> LeadingFronts::part_of(const Front& front, std::size_t count) {
  if (count >= front.places.size()) return front.places;
  const std::size_t d = objectives_;
  std::vector<double> rows;
  std::vector<std::size_t> first, repeated;  // of equal points
  Losses worst(front.rows.begin(), front.rows.begin() + static_cast<std::ptrdiff_t>(d));
  for (std::size_t i = 0; i < front.places.size(); ++i) {
    const double* row = front.rows.data() + i * d;
    for (std::size_t j = 0; j < d; ++j) worst[j] = std::max(worst[j], row[j]);
    if (i > 0 && std::equal(row, row + d, row - d)) {
      repeated.push_back(front.places[i]);
      continue;
    }
    rows.insert(rows.end(), row, row + d);
    first.push_back(front.places[i]);
  }
  const Losses reference = reference_beyond({worst});
  const auto finite = [](double v) { return std::isfinite(v); };
  if (first.size() <= count || !std::all_of(rows.begin(), rows.end(), finite) ||
      !std::all_of(reference.begin(), reference.end(), finite)) {
    first.insert(first.end(), repeated.begin(), repeated.end());
    first.resize(count);
    return first;
  }
  std::vector<std::size_t> chosen = volume_.choose(std::move(rows), count, reference);
  for (std::size_t& at : chosen) at = first[at];
  return chosen;
}

}  // namespace hone::tune
