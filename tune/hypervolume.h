// The hypervolume: how much of the space of losses a set of points dominates, up to a reference
// point. The larger the better; it grows whenever a point joins the Pareto front.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "tune/pareto.h"

namespace hone::tune {

// The exact volume of the union of the boxes between each point and the reference. Points that are
// not below the reference in every objective count nothing, NaN is not below; a point at -infinity
// makes it infinite. Two objectives: a sweep, O(n log n); each more costs a factor n at worst.
// Source: While, Bradstreet, Barone, "A fast way of calculating exact hypervolumes", 2012.
double hypervolume(const std::vector<Losses>& points, const Losses& reference);

// What `point` would add to the volume of `points`.
double hypervolume_gain(const std::vector<Losses>& points, const Losses& point,
                        const Losses& reference);

// A reference point for a set of points: a little worse than the worst of them in each objective,
// max(1.1 w, 0.9 w); 1e-12 where that is 0. Source: Optuna's TPE.
Losses reference_beyond(const std::vector<Losses>& points);

// `count` of the points with a large volume together: each next one is that which adds the most, of
// equals the lexicographically first. Equal points are taken after all others. Returns their
// places. Where the reference or a point is not finite, the lexicographically first points.
// Source: Guerreiro, Fonseca, Paquete, "Greedy hypervolume subset selection in low dimensions",
// 2016.
std::vector<std::size_t> hypervolume_subset(const std::vector<Losses>& points, std::size_t count,
                                            const Losses& reference);

// The choices of hypervolume_subset(), kept while the points change a little: what still holds of
// the last ones is not computed again.
class GreedyVolume {
 public:
  // rows: [n, objectives], different points in lexicographic order, finite as the reference is.
  // Returns the rows of `count` of them, at most n, in the order of choice.
  std::vector<std::size_t> choose(std::vector<double> rows, std::size_t count,
                                  const Losses& reference);

 private:
  // How many of the last choices are those that would be made of these rows.
  std::size_t still_holds(const std::vector<double>& rows, const Losses& reference) const;

  Losses reference_;
  std::vector<double> rows_, chosen_;  // [n, objectives], [choices, objectives]
  std::vector<double> gains_;          // of the choices
};

// The volume after each trial, [trials]: of the COMPLETE trials up to it that break no constraint.
// Without a reference: reference_beyond() all of them. Zeros where there is none.
struct HypervolumeHistory {
  std::vector<double> volume;
  Losses reference;  // losses; empty: no trial counts
};
HypervolumeHistory hypervolume_history(const std::vector<TrialRecord>& trials,
                                       const std::vector<Direction>& directions,
                                       const std::optional<Losses>& reference = std::nullopt);

}  // namespace hone::tune
