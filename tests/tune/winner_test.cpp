// Naming a winner by trainings with fresh seeds.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tune/promotion.h"
#include "tune/winner.h"

using namespace hone::tune;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TrialRecord trial(int number, double value, TrialState state = TrialState::complete) {
  TrialRecord record;
  record.number = number;
  record.state = state;
  record.values = {value};
  return record;
}

std::vector<Rerun> reruns(int trial, const std::vector<double>& values) {
  std::vector<Rerun> list;
  for (std::size_t i = 0; i < values.size(); ++i)
    list.push_back({trial, static_cast<int>(i), values[i]});
  return list;
}

std::vector<Rerun> operator+(std::vector<Rerun> a, const std::vector<Rerun>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("the best complete feasible trials are trained again, and the default one") {
  std::vector<TrialRecord> trials = {
      trial(0, 0.2), trial(1, 0.9), trial(2, 0.95, TrialState::pruned),
      trial(3, 0.8), trial(4, 0.9), trial(5, kNan),
      trial(6, 0.99)};
  trials[6].system_attrs["constraints:size"] = "1";
  CHECK(rerun_candidates(trials, Direction::maximize, 2, 0) == std::vector<int>{1, 4, 0});
  CHECK(rerun_candidates(trials, Direction::maximize, 2, {}) == std::vector<int>{1, 4});
  CHECK(rerun_candidates(trials, Direction::minimize, 1, 0) == std::vector<int>{0});
  CHECK(rerun_candidates(trials, Direction::maximize, 9, 2).size() == 4);
}

TEST_CASE("fresh seeds are the same for all trials and none of the study's own") {
  CHECK(rerun_seed(7, 0) == rerun_seed(7, 0));
  CHECK(rerun_seed(7, 0) != rerun_seed(7, 1));
  CHECK(rerun_seed(7, 0) != rerun_seed(8, 0));
}

TEST_CASE("the winner has the best mean, not the best value of the search") {
  const std::vector<TrialRecord> trials = {trial(0, 0.90), trial(1, 0.80)};
  const auto winner = winner_of(
      trials, reruns(0, {0.70, 0.72, 0.74}) + reruns(1, {0.79, 0.81, 0.80}), Direction::maximize);
  REQUIRE(winner);
  CHECK(winner->number() == 1);
  CHECK(winner->candidates[0].mean == doctest::Approx(0.80));
  CHECK(winner->candidates[0].standard_error == doctest::Approx(0.01 / std::sqrt(3.0)));
  CHECK(winner->ties == "");
  CHECK(winner->warning == "");
  CHECK(candidate_text(winner->candidates[1], true) ==
        "trial 0: 72.00% +- 1.15 over 3 fresh seeds (90.00% in the search)");
  const auto other = winner_of(trials, reruns(0, {0.7}) + reruns(1, {0.8}), Direction::minimize);
  CHECK(other->number() == 0);
  CHECK(candidate_text(other->candidates[0], false) ==
        "trial 0: 0.7 over 1 fresh seed (0.9 in the search)");
}

TEST_CASE("ties are told, and so is a default configuration that is as good") {
  std::vector<TrialRecord> trials = {trial(0, 0.8), trial(7, 0.8), trial(12, 0.8)};
  const std::vector<Rerun> all =
      reruns(0, {0.80, 0.70}) + reruns(7, {0.60, 0.62}) + reruns(12, {0.79, 0.77});
  auto winner = winner_of(trials, all, Direction::maximize);
  CHECK(winner->number() == 12);
  CHECK(winner->ties == "trials 12 and 0 are within one standard error");
  CHECK(winner->warning == "");
  trials[0].user_attrs["default_configuration"] = "true";
  winner = winner_of(trials, all, Direction::maximize);
  CHECK(winner->warning.find("the default configuration (trial 0) lies within") == 0);
  winner = winner_of(trials, all, Direction::minimize);
  CHECK(winner->number() == 7);
  CHECK(winner->warning == "");
  trials[1].user_attrs["default_configuration"] = "true";
  trials[0].user_attrs.clear();
  CHECK(winner_of(trials, all, Direction::minimize)->warning.find("is the best one") !=
        std::string::npos);
}

TEST_CASE("a default configuration that was paused is the last trial that continues it") {
  std::vector<TrialRecord> trials = {trial(0, 0.5, TrialState::pruned), trial(1, 0.7),
                                     trial(2, 0.6, TrialState::pruned), trial(3, 0.8)};
  CHECK(default_trial(trials) == std::nullopt);
  trials[0].user_attrs["default_configuration"] = "true";
  trials[0].system_attrs["fixed_params"] = "{}";  // it was enqueued
  CHECK(default_trial(trials) == 0);
  trials[2].system_attrs[kPromotion] = to_json(Promotion{.from = 0, .root = 0, .rung = 1});
  trials[3].system_attrs[kPromotion] = to_json(Promotion{.from = 2, .root = 0, .rung = 2});
  CHECK(default_trial(trials) == 3);
  CHECK(winner_of(trials, reruns(1, {0.6}) + reruns(3, {0.7}), Direction::maximize)
            ->candidates.front()
            .is_default);
}

TEST_CASE("a trial that fails with a fresh seed wins over none that does not") {
  const std::vector<TrialRecord> trials = {trial(0, 0.9), trial(1, 0.8), trial(2, 0.7)};
  const auto winner =
      winner_of(trials, reruns(0, {0.9, kNan}) + reruns(1, {0.5, 0.6}) + reruns(2, {kNan}),
                Direction::maximize);
  REQUIRE(winner);
  CHECK(winner->candidates.size() == 2);
  CHECK(winner->number() == 1);
  CHECK(winner->candidates[1].failed == 1);
  CHECK(candidate_text(winner->candidates[1], false) ==
        "trial 0: 0.9 over 1 fresh seed, 1 more failed (0.9 in the search)");
  CHECK_FALSE(winner_of(trials, {}, Direction::maximize));
  CHECK_FALSE(winner_of(trials, reruns(2, {kNan}), Direction::maximize));
}
