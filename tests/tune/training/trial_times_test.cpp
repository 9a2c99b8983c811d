// How long a trial is going to take, from those before it.
#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "tune/promotion.h"
#include "tune/training/trial_cost.h"
#include "tune/training/trial_times.h"

using namespace hone;
using namespace hone::tune;
using namespace hone::tune::training;

namespace {

TrialRecord trained(double flops, int epochs, double seconds) {
  TrialRecord trial;
  trial.state = TrialState::complete;
  trial.user_attrs = {{kTrainingFlops, fmt::format("{:.0f}", flops)},
                      {kEpochs, fmt::format("{}", epochs)}};
  trial.start_time = 1'700'000'000'000'000;
  trial.end_time = trial.start_time + static_cast<std::int64_t>(1e6 * seconds);
  return trial;
}

}  // namespace

TEST_CASE("nothing is predicted from fewer than three trials") {
  std::vector<TrialRecord> trials;
  CHECK_FALSE(TrialTimes(trials).predict(1000, 1));
  trials.assign(2, trained(1e6, 4, 8));
  CHECK_FALSE(TrialTimes(trials).predict(1'000'000, 4));
  trials.push_back(trials.front());
  const TrialTimes known(trials);
  REQUIRE(known.predict(1'000'000, 4));
  CHECK(known.predict(1'000'000, 4)->expected == doctest::Approx(8));
  CHECK(known.predict(1'000'000, 8)->expected == doctest::Approx(16));
  CHECK_FALSE(known.predict(0, 4));
  CHECK_FALSE(known.predict(1000, 0));
}

TEST_CASE("a trial's time follows its FLOPs, and a range is wider far from what is known") {
  std::vector<TrialRecord> trials;
  for (const double flops : {1e6, 2e6, 4e6, 8e6, 1.6e7, 3.2e7})
    trials.push_back(trained(flops, 2, 2 * 1e-5 * std::pow(flops, 0.8)));
  const TrialTimes times(trials);
  const TimeRange near = *times.predict(5'000'000, 2), far = *times.predict(5'000'000'000, 2);
  CHECK(near.expected == doctest::Approx(2 * 1e-5 * std::pow(5e6, 0.8)).epsilon(0.02));
  CHECK(near.low < near.expected);
  CHECK(near.high / near.low < 1.2);
  CHECK(far.high / far.low > near.high / near.low);
}

TEST_CASE("trials that stood still, were not trained or went on with others teach nothing") {
  std::vector<TrialRecord> trials;
  for (int i = 0; i < 5; ++i) trials.push_back(trained(1e6, 4, 8 + 0.1 * i));
  const TimeRange before = *TrialTimes(trials).predict(1'000'000, 4);
  trials.push_back(trained(1e6, 4, 3600));
  trials.push_back(trained(1e6, 4, 0.1));
  TrialRecord other = trained(1e6, 4, 2);
  other.system_attrs[kPromotion] = to_json(Promotion{.from = 0, .root = 0, .rung = 1});
  REQUIRE(promotion_of(other));
  trials.push_back(other);
  TrialRecord refused = trained(1e6, 4, 1);
  refused.state = TrialState::pruned;
  refused.user_attrs.erase(kEpochs);
  trials.push_back(refused);
  TrialRecord runs = trained(1e6, 4, 1);
  runs.state = TrialState::running;
  trials.push_back(runs);
  TrialRecord foreign = trained(1e6, 4, 1);
  foreign.user_attrs[kTrainingFlops] = "\"many\"";
  trials.push_back(foreign);
  const TimeRange after = *TrialTimes(trials).predict(1'000'000, 4);
  CHECK(after.low == before.low);
  CHECK(after.high == before.high);
}

TEST_CASE("nine of ten trials take what was predicted") {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> size(13, 18);
  for (const int known : {3, 5, 10, 40}) {
    int inside = 0;
    constexpr int kStudies = 2000;
    for (int study = 0; study < kStudies; ++study) {
      const auto next = [&](double& flops) {
        flops = std::exp(size(random));
        return std::pow(flops, 0.85) * std::exp(0.15 * normal(random)) * 1e-4;
      };
      std::vector<TrialRecord> trials;
      double flops = 0;
      for (int i = 0; i < known; ++i) {
        const double seconds = next(flops);
        trials.push_back(trained(flops, 1, seconds));
      }
      const double seconds = next(flops);
      const TimeRange range = *TrialTimes(trials).predict(static_cast<std::int64_t>(flops), 1);
      inside += seconds >= range.low && seconds <= range.high;
    }
    CAPTURE(known);
    CHECK(inside > 0.85 * kStudies);
    CHECK(inside < 0.96 * kStudies);
  }
}

TEST_CASE("a range of time is told with two digits") {
  const auto text = [](double low, double high) {
    return time_range_text({.low = low, .expected = low, .high = high});
  };
  CHECK(text(8.96, 14.2) == "9.0 to 14 s");
  CHECK(text(0.0412, 0.0999) == "0.0 to 0.1 s");
  CHECK(text(123, 246) == "120 to 250 s");
  CHECK(text(240, 606) == "4.0 to 10 min");
  CHECK(text(3600, 36000) == "1.0 to 10 h");
}
