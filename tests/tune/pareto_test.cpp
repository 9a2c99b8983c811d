// Dominance, ranks, fronts and volumes against definitions that are too slow for use.
#include "tune/pareto.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "base/philox.h"
#include "tune/constraints.h"
#include "tune/hypervolume.h"
#include "tune/samplers/leading_fronts.h"
#include "tune/samplers/split.h"

using namespace hone;
using namespace hone::tune;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const std::vector<Direction> kBoth = {Direction::minimize, Direction::maximize};

// On a coarse grid, so that equal coordinates and equal points are common.
std::vector<Losses> random_points(std::uint64_t seed, std::size_t count, std::size_t objectives) {
  PhiloxStream random(seed, 1);
  std::vector<Losses> points;
  for (std::size_t i = 0; i < count; ++i) {
    Losses point;
    for (std::size_t j = 0; j < objectives; ++j)
      point.push_back(static_cast<double>(random.below(8)));
    points.push_back(point);
  }
  return points;
}

std::vector<int> slow_ranks(const std::vector<Losses>& points) {
  std::vector<int> ranks(points.size(), -1);
  for (int rank = 0; std::count(ranks.begin(), ranks.end(), -1) > 0; ++rank) {
    std::vector<std::size_t> front;
    for (std::size_t i = 0; i < points.size(); ++i) {
      bool free = ranks[i] == -1;
      for (std::size_t j = 0; j < points.size() && free; ++j)
        free = ranks[j] != -1 || !dominates(points[j], points[i]);
      if (free) front.push_back(i);
    }
    for (const std::size_t i : front) ranks[i] = rank;
  }
  return ranks;
}

// By inclusion and exclusion over all subsets.
double slow_volume(const std::vector<Losses>& points, const Losses& reference) {
  double sum = 0;
  for (std::size_t subset = 1; subset < std::size_t{1} << points.size(); ++subset) {
    double product = 1;
    int members = 0;
    for (std::size_t j = 0; j < reference.size(); ++j) {
      double corner = -kInf;
      for (std::size_t i = 0; i < points.size(); ++i)
        if ((subset >> i & 1) != 0) corner = std::max(corner, points[i][j]);
      product *= std::max(0.0, reference[j] - corner);
    }
    for (std::size_t i = 0; i < points.size(); ++i) members += (subset >> i & 1) != 0 ? 1 : 0;
    sum += members % 2 == 1 ? product : -product;
  }
  return sum;
}

TrialRecord complete(int number, std::vector<double> values) {
  TrialRecord trial;
  trial.number = number;
  trial.state = TrialState::complete;
  trial.values = std::move(values);
  return trial;
}

}  // namespace

TEST_CASE("ranks are those of the definition, for one to five objectives") {
  for (std::size_t objectives = 1; objectives <= 5; ++objectives)
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      CAPTURE(objectives);
      CAPTURE(seed);
      const auto points = random_points(seed, 40, objectives);
      CHECK(nondomination_ranks(points) == slow_ranks(points));
    }
  CHECK(nondomination_ranks({}).empty());
  CHECK(nondomination_ranks({{1, kInf}, {1, kInf}, {-kInf, 2}, {0, kInf}}) ==
        std::vector{2, 2, 0, 1});
}

TEST_CASE("ranks beyond those that are needed are only known to be worse") {
  const auto points = random_points(3, 60, 3);
  const std::vector<int> all = nondomination_ranks(points), few = nondomination_ranks(points, 10);
  const int last = *std::max_element(few.begin(), few.end());
  for (std::size_t i = 0; i < points.size(); ++i) CHECK(few[i] == std::min(all[i], last));
  CHECK(std::count_if(few.begin(), few.end(), [&](int rank) { return rank < last; }) >= 10);
}

TEST_CASE("the front holds what is complete, feasible and undominated, equal trials all") {
  std::vector<TrialRecord> trials = {complete(0, {1, 1}),
                                     complete(1, {2, 3}),
                                     complete(2, {2, 2}),
                                     complete(3, {2, 3}),
                                     complete(4, {0, 9}),
                                     complete(5, {0, 9}),
                                     complete(6, {0, std::nan("")}),
                                     complete(7, {5}),
                                     complete(8, {3, 9})};
  trials[4].system_attrs = constraint_attributes({}, "memory", 0.5);
  trials[5].state = TrialState::pruned;
  CHECK(pareto_front(trials, kBoth) == std::vector<std::size_t>{0, 1, 3, 8});
  trials[4].system_attrs = constraint_attributes({}, "memory", -0.5);
  CHECK(pareto_front(trials, kBoth) == std::vector<std::size_t>{4});
  CHECK(pareto_front({}, kBoth).empty());
}

TEST_CASE("the volume is that of inclusion and exclusion, for one to six objectives") {
  for (std::size_t objectives = 1; objectives <= 6; ++objectives)
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      CAPTURE(objectives);
      CAPTURE(seed);
      auto points = random_points(seed, 1 + seed % 11, objectives);
      const Losses reference(objectives, 6);  // some points lie behind it
      CHECK(hypervolume(points, reference) == doctest::Approx(slow_volume(points, reference)));
      const Losses last = points.back();
      const double whole = hypervolume(points, reference);
      points.pop_back();
      CHECK(hypervolume_gain(points, last, reference) ==
            doctest::Approx(whole - hypervolume(points, reference)).epsilon(1e-9));
    }
}

TEST_CASE("volumes of points that are not finite, or not below the reference") {
  CHECK(hypervolume({}, {1, 1}) == 0);
  CHECK(hypervolume({{1, 0}, {2, 2}, {kInf, 0}, {0, std::nan("")}}, {1, 1}) == 0);
  CHECK(hypervolume({{-kInf, 0}}, {1, 1}) == kInf);
  CHECK(hypervolume({{0, 0}}, {kInf, 1}) == kInf);
  CHECK(hypervolume_gain({{0, 0}}, {1, 1}, {1, 1}) == 0);
  CHECK(reference_beyond({{-2, 0, 3}, {-4, 0, 1}}) == Losses{-2 * 0.9, 1e-12, 3 * 1.1});
}

TEST_CASE("a subset takes the point with the largest gain each time") {
  for (std::size_t objectives = 2; objectives <= 4; ++objectives)
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      CAPTURE(objectives);
      CAPTURE(seed);
      PhiloxStream random(seed, 2);
      std::vector<Losses> points;
      for (int i = 0; i < 25; ++i) {
        Losses point;
        for (std::size_t j = 0; j < objectives; ++j) point.push_back(random.uniform());
        points.push_back(point);
      }
      const Losses reference(objectives, 1.1);
      std::vector<Losses> chosen;
      for (const std::size_t next : hypervolume_subset(points, 8, reference)) {
        double most = 0;
        for (const Losses& point : points)
          most = std::max(most, hypervolume_gain(chosen, point, reference));
        CHECK(hypervolume_gain(chosen, points[next], reference) == doctest::Approx(most));
        chosen.push_back(points[next]);
      }
      CHECK(chosen.size() == 8);
    }
}

TEST_CASE("a subset takes equal points last, and does without finite numbers") {
  const std::vector<Losses> points = {{0, 1}, {0, 1}, {1, 0}, {0, 1}};
  const auto three = hypervolume_subset(points, 3, {2, 2});
  CHECK(std::set<std::size_t>(three.begin(), three.end()) == std::set<std::size_t>{0, 1, 2});
  CHECK(hypervolume_subset(points, 9, {2, 2}).size() == 4);
  CHECK(hypervolume_subset({{1, 0}, {0, kInf}, {-kInf, 1}}, 2, {2, kInf}) ==
        std::vector<std::size_t>{2, 1});
}

TEST_CASE("the history of the volume grows trial by trial to that of all") {
  std::vector<TrialRecord> trials;
  std::vector<Losses> points;
  for (const Losses& p : random_points(5, 30, 2)) {
    trials.push_back(complete(static_cast<int>(trials.size()), {p[0], -p[1]}));
    points.push_back(p);
  }
  trials[3].state = TrialState::fail;
  points.erase(points.begin() + 3);
  const HypervolumeHistory history = hypervolume_history(trials, kBoth);
  CHECK(history.reference == reference_beyond(points));
  CHECK(std::is_sorted(history.volume.begin(), history.volume.end()));
  CHECK(history.volume[3] == history.volume[2]);
  CHECK(history.volume.back() == doctest::Approx(hypervolume(points, history.reference)));
  CHECK(hypervolume_history(trials, kBoth, Losses{0, 0}).volume.back() == 0);
  CHECK(hypervolume_history({}, kBoth).volume.empty());
}

TEST_CASE("the best of several objectives are whole ranks and the largest volume of the next") {
  const std::vector<Losses> points = {{0, 3}, {3, 0}, {1, 1}, {1, 1.5}, {4, 4}, {0.1, 2.9}};
  const auto best = best_of_several(points, 3);
  CHECK(std::set<std::size_t>(best.begin(), best.end()).contains(2));
  CHECK(best.size() == 3);
  const auto all_but_one = best_of_several(points, 5);
  CHECK(std::count(all_but_one.begin(), all_but_one.end(), std::size_t{4}) == 0);
}

TEST_CASE("the best of points that come one by one are those of all of them, at every moment") {
  for (std::size_t objectives = 2; objectives <= 4; ++objectives)
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      CAPTURE(objectives);
      CAPTURE(seed);
      PhiloxStream random(seed, 3);
      std::vector<Losses> points;
      std::vector<std::size_t> places;
      LeadingFronts fronts;
      int begun = 0;
      for (std::size_t n = 0; n < 220; ++n) {
        Losses point;
        for (std::size_t j = 0; j < objectives; ++j) {
          // Even seeds: a coarse grid, with many equal points; odd ones get better and better.
          const double u = random.uniform(), better = 1 - static_cast<double>(n) / 220;
          point.push_back(seed % 2 == 0 ? std::floor(5 * u) : better + 0.3 * u);
        }
        if (seed == 2 && n % 50 == 7) point[0] = kInf;
        if (n % 90 == 60) point.assign(objectives, -1 - static_cast<double>(n));  // beats all
        points.push_back(point);
        places.push_back(3 * n);
        fronts.add(3 * n, point);
        const std::size_t count = std::min<std::size_t>(25, n / 10 + 1);
        if (!fronts.has(count)) {
          fronts.begin(places, points);
          ++begun;
        }
        std::vector<std::size_t> best = fronts.best(count), all = best_of_several(points, count);
        for (std::size_t& at : all) at = places[at];
        std::sort(best.begin(), best.end());
        std::sort(all.begin(), all.end());
        REQUIRE(best == all);
      }
      CHECK(begun < 20);
    }
}
