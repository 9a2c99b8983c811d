// Candidates in batches, and local searches side by side.
#include "tune/samplers/gp_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hone::tune::gp {
namespace {

constexpr std::size_t kWalks = 156, kMutations = 100;  // together eight batches
constexpr std::size_t kSearches = 4, kSteps = 8;       // local searches, their steps ...
constexpr std::size_t kTries = kLanes / kSearches;     // ... and the points tried in each
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Candidate {
  ConditionalSpace::Values values;
  double score = -kInfinity;
};

bool same(const ConditionalSpace::Values& a, const ConditionalSpace::Values& b) {
  for (std::size_t j = 0; j < a.size(); ++j)
    if (a[j] != b[j] && (ConditionalSpace::active(a[j]) || ConditionalSpace::active(b[j])))
      return false;
  return true;
}

class Scorer {
 public:
  explicit Scorer(const SearchTask& task) : task_(task), x_(task.space->size()) {
    batch_.x.assign(task.space->size() * kLanes, 0);
  }

  // candidates[first, first + kLanes), as far as they go.
  void score(std::vector<Candidate>& candidates, std::size_t first) {
    const std::size_t count = std::min(kLanes, candidates.size() - first);
    for (std::size_t l = 0; l < count; ++l) {
      task_.space->embed(candidates[first + l].values, x_.data());
      for (std::size_t j = 0; j < x_.size(); ++j) batch_.x[j * kLanes + l] = x_[j];
    }
    task_.posterior->predict(batch_);
    for (std::size_t l = 0; l < count; ++l)
      candidates[first + l].score =
          log_expected_improvement(batch_.mean[l], batch_.variance[l], task_.target);
    if (task_.cost == nullptr) return;
    task_.cost->posterior.predict(batch_);
    for (std::size_t l = 0; l < count; ++l)
      candidates[first + l].score -= task_.cost->unit * batch_.mean[l];
  }
  bool is_known(const Candidate& candidate) const {
    return std::any_of(task_.points->begin(), task_.points->end(),
                       [&](const auto& point) { return same(point, candidate.values); });
  }

 private:
  const SearchTask& task_;
  std::vector<double> x_;
  Batch batch_;
};

// The best ones that are new, in order; at least one where there is any candidate.
std::vector<Candidate> best_of(std::vector<Candidate> candidates, std::size_t count,
                               const Scorer& scorer) {
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  std::vector<Candidate> best;
  for (const Candidate& candidate : candidates) {
    if (best.size() == count) break;
    if (!scorer.is_known(candidate)) best.push_back(candidate);
  }
  if (best.empty()) {
    best.push_back(candidates.front());
    best.front().score = -kInfinity;
  }
  return best;
}

}  // namespace

ConditionalSpace::Values search(const SearchTask& task, PhiloxStream& random) {
  const ConditionalSpace& space = *task.space;
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < kWalks; ++i)
    candidates.push_back({space.random_point(random, task.fixed)});
  for (std::size_t i = 0; i < kMutations && !task.best.empty(); ++i) {
    const auto& base = (*task.points)[task.best[i % task.best.size()]];
    // From half of the line down to a thousandth of it.
    const double spread = 0.5 * std::pow(0.002, random.uniform());
    candidates.push_back({space.mutated(base, random, 0.5 * random.uniform(), spread, task.fixed)});
  }
  Scorer scorer(task);
  for (std::size_t first = 0; first < candidates.size(); first += kLanes)
    scorer.score(candidates, first);
  std::vector<Candidate> found = best_of(std::move(candidates), kSearches, scorer);
  double spread = 0.1;
  for (std::size_t step = 0; step < kSteps; ++step, spread *= 0.6) {
    std::vector<Candidate> tries;
    for (std::size_t t = 0; t < kLanes; ++t) {
      const Candidate& from = found[t / kTries % found.size()];
      const double rate = t % 2 == 0 ? 1.0 : 0.3;
      tries.push_back({space.mutated(from.values, random, rate, spread, task.fixed)});
    }
    scorer.score(tries, 0);
    for (std::size_t t = 0; t < kLanes; ++t) {
      Candidate& from = found[t / kTries % found.size()];
      if (tries[t].score > from.score && !scorer.is_known(tries[t])) from = tries[t];
    }
  }
  return std::max_element(found.begin(), found.end(),
                          [](const Candidate& a, const Candidate& b) { return a.score < b.score; })
      ->values;
}

}  // namespace hone::tune::gp
