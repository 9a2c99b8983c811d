// The best of several objectives among trials that come one after the other.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "tune/hypervolume.h"

namespace hone::tune {

// Finds what best_of_several() (split.h) finds, without looking at all points again: it keeps the
// first fronts of the non-dominated sort, whose points come and go one at a time. Copies share the
// fronts that are the same.
class LeadingFronts {
 public:
  // Places are given in ascending order.
  void add(std::size_t place, const Losses& losses);
  // The kept fronts hold `count` points, or all there are. Otherwise begin() has to be called.
  bool has(std::size_t count) const;
  // Begins anew with all points: places in ascending order.
  void begin(const std::vector<std::size_t>& places, const std::vector<Losses>& points);
  // The places of the `count` best; has(count). Not in order.
  std::vector<std::size_t> best(std::size_t count);

 private:
  // In lexicographic order, of equals by place.
  struct Front {
    std::vector<double> rows;  // [points, objectives]
    std::vector<std::size_t> places;
  };
  using FrontPtr = std::shared_ptr<const Front>;
  static void insert(Front& front, std::size_t place, const double* row, std::size_t d);
  // The points of `front` that no point of `moved` dominates, and `moved`; then `moved` are the
  // others.
  static FrontPtr exchange(const Front& front, Front& moved, std::size_t d);
  std::vector<std::size_t> part_of(const Front& front, std::size_t count);
  void drop_last();

  std::vector<FrontPtr> fronts_;
  std::size_t objectives_ = 0;
  bool more_ = false;  // points lie behind the kept fronts
  GreedyVolume volume_;
};

}  // namespace hone::tune
