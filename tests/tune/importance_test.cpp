// tune/analysis: importances beside Optuna's on studies made of a seed
// (scripts/goldens/importances.py).
#include "tune/analysis/importance.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "tests/tune/golden_file.h"
#include "tests/tune/split_mix.h"

using namespace hone;
using namespace hone::tune;
using namespace hone::tune::testing;

namespace {

std::vector<TrialRecord> make(int number) {
  SplitMix random(static_cast<std::uint64_t>(1000 + number));
  const CategoricalDistribution choices{{std::string("a"), std::string("b"), std::string("d")}};
  std::vector<TrialRecord> trials;
  for (int i = 0; i < 30 + 40 * number; ++i) {
    TrialRecord trial;
    trial.number = i;
    const double x = (random.below(4097) - 2048) / 2048.0;
    const double lr = std::ldexp(1.0, -random.below(17));
    const double s = random.below(9) / 4.0;
    const int n = 1 + random.below(9), k = 1 + random.below(128), c = random.below(3);
    trial.params = {{"x", FloatDistribution{-1, 1}, x},
                    {"lr", FloatDistribution{std::ldexp(1.0, -16), 1, true}, lr},
                    {"s", FloatDistribution{0, 2, false, 0.25}, s},
                    {"n", IntDistribution{1, 9}, double{1} * n},
                    {"k", IntDistribution{1, 128, true}, double{1} * k},
                    {"c", choices, double{1} * c}};
    double value = 3 * x * x + 2 * (lr - 0.25) * (lr - 0.25) + 0.125 * s * x + (c == 1 ? 1.0 : 0.0);
    if (number % 3 != 0 && c == 0) {
      const double y = random.below(1025) / 256.0;
      trial.params.push_back({"y", FloatDistribution{0, 4}, y});
      value += 0.5 * y;
    }
    value += random.below(257) / 1024.0;
    trial.state = random.below(10) != 0 ? TrialState::complete : TrialState::fail;
    if (trial.state == TrialState::complete) trial.values = {value};
    trials.push_back(std::move(trial));
  }
  return trials;
}

double value_of(const std::vector<Importance>& list, const std::string& name) {
  for (const Importance& importance : list)
    if (importance.parameter == name) return importance.value;
  return -1;
}

void check_form(const std::vector<Importance>& list, std::size_t count) {
  CHECK(list.size() == count);
  double sum = 0, last = 2;
  for (const Importance& importance : list) {
    CHECK(importance.value <= last);
    CHECK(importance.value >= 0);
    sum += last = importance.value;
  }
  CHECK(sum == doctest::Approx(1));
}

}  // namespace

TEST_CASE("importance: PED-ANOVA gives Optuna's numbers, conditional parameters included") {
  for (const Json& item : read_goldens("importances.json").at("cases")) {
    const int number = item.at("number");
    const auto list =
        ped_anova(make(number), number % 2 == 0 ? Direction::minimize : Direction::maximize);
    check_form(list, item.at("ped_anova").size());
    for (const auto& entry : item.at("ped_anova").items()) {
      const std::string& name = entry.key();
      const auto& value = entry.value();
      CAPTURE(number);
      CAPTURE(name);
      CHECK(distance(value_of(list, name), value.get<double>()) < 1e-9);
    }
  }
}

TEST_CASE("importance: fANOVA lies within the spread of Optuna's forests") {
  for (const Json& item : read_goldens("importances.json").at("cases")) {
    const int number = item.at("number");
    const std::vector<TrialRecord> trials = make(number);
    const auto list = fanova(trials);
    check_form(list, item.at("fanova").size());
    for (const auto& entry : item.at("fanova").items()) {
      const std::string& name = entry.key();
      const auto& numbers = entry.value();
      CAPTURE(number);
      CAPTURE(name);
      const double mean = numbers[0].get<double>(), spread = numbers[1].get<double>();
      CHECK(std::abs(value_of(list, name) - mean) < 4 * spread + 0.005);
    }
    CHECK(fanova(trials)[0].value == list[0].value);
  }
}

TEST_CASE("importance: studies that say nothing give equal shares, or none") {
  CHECK(ped_anova({}, Direction::minimize).empty());
  CHECK(fanova({}).empty());
  std::vector<TrialRecord> trials = make(2);
  for (TrialRecord& trial : trials)
    if (!trial.values.empty()) trial.values = {std::nan("")};
  for (const auto& list : {ped_anova(trials, Direction::minimize), fanova(trials)}) {
    REQUIRE_FALSE(list.empty());
    for (const Importance& importance : list)
      CHECK(importance.value == doctest::Approx(1.0 / static_cast<double>(list.size())));
  }
  for (TrialRecord& trial : trials)
    if (!trial.values.empty()) trial.values = {2.0};
  check_form(fanova(trials), 6);
}

TEST_CASE("importance: there is something to tell where two complete values differ") {
  std::vector<TrialRecord> trials(3);
  CHECK_FALSE(values_differ({}));
  CHECK_FALSE(values_differ(trials));
  for (TrialRecord& trial : trials) trial.state = TrialState::complete;
  trials[0].values = {2};
  CHECK_FALSE(values_differ(trials));
  trials[1].values = {2};
  trials[2].values = {std::numeric_limits<double>::infinity()};
  CHECK_FALSE(values_differ(trials));
  trials[2].values = {3};
  CHECK(values_differ(trials));
  trials[2].state = TrialState::pruned;
  CHECK_FALSE(values_differ(trials));
}
