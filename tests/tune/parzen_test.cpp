// tune/samplers/parzen and split: the numbers inside Optuna, and that samples follow the density.
#include "tune/samplers/parzen.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/tune/golden_file.h"
#include "tests/tune/sampler_study.h"
#include "tune/samplers/parzen_loops.h"
#include "tune/samplers/split.h"
#include "tune/samplers/truncated_normal.h"

using namespace hone;
using namespace hone::tune;
using namespace hone::tune::testing;

namespace {

struct Case {
  std::vector<Distribution> space;
  std::vector<ParzenEstimator::Dimension> dimensions;
};

Case read_case(const Json& space, const Json& observations) {
  Case result;
  for (const Json& item : space) result.space.push_back(to_distribution(item));
  for (std::size_t j = 0; j < result.space.size(); ++j)
    result.dimensions.push_back({&result.space[j], to_numbers(observations[j])});
  return result;
}

std::vector<double> flatten(const Json& points) {
  std::vector<double> flat;
  for (const Json& row : points)
    for (const double x : to_numbers(row)) flat.push_back(x);
  return flat;
}

void check_close(std::span<const double> ours, const std::vector<double>& theirs,
                 double tolerance) {
  REQUIRE(ours.size() == theirs.size());
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    CAPTURE(i);
    CAPTURE(ours[i]);
    CAPTURE(theirs[i]);
    CHECK(distance(ours[i], theirs[i]) < tolerance);
  }
}

}  // namespace

TEST_CASE("parzen: kernels, weights and densities are Optuna's") {
  int compared = 0;
  for (const Json& item : read_goldens("tpe.json").at("parzen")) {
    if (item.at("endpoints").get<bool>())
      continue;  // an option that is off by default and not built
    CAPTURE(item.at("space").dump());
    CAPTURE(item.at("optuna").dump());
    const Case input = read_case(item.at("space"), item.at("observations"));
    const bool fixed =
        item.at("multivariate").get<bool>() && item.at("optuna").get<std::string>()[0] == '4';
    const ParzenEstimator parzen(
        input.dimensions, fixed ? Bandwidth::optuna_4_9_multivariate : Bandwidth::optuna_4_9);
    check_close(parzen.weights(), to_numbers(item.at("weights")), 1e-14);
    for (std::size_t j = 0; j < input.space.size(); ++j) {
      const Json& kernels = item.at("kernels")[j];
      if (!kernels.contains("mus")) continue;
      check_close(parzen.centres(j), to_numbers(kernels.at("mus")), 1e-13);
      check_close(parzen.widths(j), to_numbers(kernels.at("sigmas")), 1e-13);
    }
    check_close(parzen.log_pdf(flatten(item.at("points"))), to_numbers(item.at("log_pdf")), 1e-9);
    ++compared;
  }
  CHECK(compared > 30);
}

TEST_CASE("parzen: the score of 24 candidates and the chosen one are Optuna's") {
  for (const Json& item : read_goldens("tpe.json").at("acquisition")) {
    const Case below = read_case(item.at("space"), item.at("below"));
    const Case above = read_case(item.at("space"), item.at("above"));
    const std::vector<double> points = flatten(item.at("candidates"));
    const auto l = ParzenEstimator(below.dimensions, Bandwidth::optuna_4_9).log_pdf(points);
    const auto g = ParzenEstimator(above.dimensions, Bandwidth::optuna_4_9).log_pdf(points);
    check_close(l, to_numbers(item.at("log_l")), 1e-9);
    check_close(g, to_numbers(item.at("log_g")), 1e-9);
    std::size_t best = 0;
    for (std::size_t c = 1; c < l.size(); ++c)
      if (l[c] - g[c] > l[best] - g[best]) best = c;
    CHECK(best == item.at("best").get<std::size_t>());
  }
}

TEST_CASE("parzen: weights and the number of good trials are Optuna's") {
  const Json& goldens = read_goldens("tpe.json");
  for (const Json& row : goldens.at("gamma")) CHECK(good_count(row[0]) == row[1].get<int>());
  for (const Json& row : goldens.at("weights")) {
    std::vector<double> expected = to_numbers(row[1]);
    expected.push_back(1);
    const double sum = std::accumulate(expected.begin(), expected.end(), 0.0);
    for (double& weight : expected) weight /= sum;
    check_close(parzen_weights(row[0].get<std::size_t>()), expected, 1e-14);
  }
}

TEST_CASE("split: good and other trials are Optuna's") {
  int compared = 0, constrained = 0;
  for (const Json& item : read_goldens("tpe.json").at("split")) {
    TestHistory view;
    view.directions = {item.at("direction") == "minimize" ? Direction::minimize
                                                          : Direction::maximize};
    for (const Json& trial : item.at("trials")) {
      TrialRecord record;
      record.number = trial.at("number");
      const std::string state = trial.at("state");
      record.state = state == "COMPLETE" ? TrialState::complete
                     : state == "PRUNED" ? TrialState::pruned
                                         : TrialState::running;
      if (!trial.at("value").is_null()) record.values = {to_number(trial.at("value"))};
      for (const Json& report : trial.at("intermediate"))
        record.intermediate[report[0].get<int>()] = to_number(report[1]);
      if (!trial.at("constraint").is_null()) {
        record.system_attrs["constraints:c"] = trial.at("constraint").dump();
        ++constrained;
      }
      view.trials.push_back(std::make_shared<const TrialRecord>(record));
    }
    const HistoryView shown = view;
    const TrialSplit split = split_trials(shown, item.at("n_below").get<int>());
    std::vector<int> below, above;
    for (const TrialRecord* trial : split.below) below.push_back(trial->number);
    for (const TrialRecord* trial : split.above) above.push_back(trial->number);
    CHECK(below == item.at("below").get<std::vector<int>>());
    CHECK(above == item.at("above").get<std::vector<int>>());
    ++compared;
  }
  CHECK(compared >= 20);
  CHECK(constrained > 20);
}

TEST_CASE("split: failed and waiting trials are left out") {
  TestHistory view;
  const TrialState states[] = {TrialState::fail,    TrialState::complete, TrialState::waiting,
                               TrialState::running, TrialState::running,  TrialState::pruned};
  for (int i = 0; i < 6; ++i) {
    TrialRecord record;
    record.number = i;
    record.state = states[i];
    record.values = {1.0};
    view.trials.push_back(std::make_shared<const TrialRecord>(record));
  }
  const HistoryView shown = view;
  const TrialSplit split = split_trials(shown);
  CHECK(split.observed == 2);
  REQUIRE(split.below.size() == 1);
  CHECK(split.below[0]->number == 1);
  REQUIRE(split.above.size() == 3);
  CHECK(split.above[0]->number == 3);
  CHECK(split.above[1]->number == 4);
  CHECK(split.above[2]->number == 5);
}

TEST_CASE("parzen: kernels of the hone rule are never narrower than its floor and half a step") {
  const Distribution space[] = {FloatDistribution{0, 1}, IntDistribution{0, 9},
                                IntDistribution{1, 64, true}};
  std::vector<ParzenEstimator::Dimension> dimensions;
  PhiloxStream random(3);
  for (const Distribution& distribution : space) {
    dimensions.push_back({&distribution, {}});
    for (int i = 0; i < 200; ++i) {
      const NumericDomain line = numeric_domain(distribution);
      dimensions.back().observed.push_back(
          line.to_value(line.low + random.uniform() * (line.high - line.low)));
    }
  }
  const ParzenEstimator parzen(dimensions, Bandwidth::hone);
  bool floor_reached = false;
  for (const double width : parzen.widths(0)) {
    CHECK(width >= 0.03);
    floor_reached = floor_reached || width == 0.03;
  }
  CHECK(floor_reached);
  for (const double width : parzen.widths(1)) CHECK(width >= 0.5);
  for (std::size_t i = 0; i < 200; ++i) {
    const double value = dimensions[2].observed[i];
    CHECK(parzen.widths(2)[i] >= 0.5 * std::log((value + 0.5) / (value - 0.5)) - 1e-12);
  }
}

TEST_CASE("parzen: probabilities of a grid and of choices sum to one") {
  const Distribution integers = IntDistribution{-3, 21, false, 3},
                     choices = CategoricalDistribution{{"a", "b", "c", "d", "e"}};
  const ParzenEstimator parzen(
      {{&integers, {0, 0, 0, 3, 21, -3, 9}}, {&choices, {0, 1, 1, 4, 4, 4, 2}}}, Bandwidth::hone);
  std::vector<double> x, y;
  for (int i = 0; i < 9; ++i)
    for (int c = 0; c < 5; ++c) {
      x.push_back(-3 + 3 * i);
      y.push_back(c);
    }
  x.insert(x.end(), y.begin(), y.end());
  double sum = 0;
  for (const double log_p : parzen.log_pdf(x)) sum += std::exp(log_p);
  CHECK(std::abs(sum - 1) < 1e-12);
}

TEST_CASE("parzen: shared masses of integer cells are the masses formed one by one, to the bit") {
  const Distribution space[] = {IntDistribution{1, 1000}, IntDistribution{-301, 599, false, 3},
                                FloatDistribution{0, 100, false, 0.5}};
  for (const Distribution& distribution : space)
    for (const Bandwidth bandwidth :
         {Bandwidth::hone, Bandwidth::optuna_4_9, Bandwidth::optuna_4_9_multivariate}) {
      const NumericDomain line = numeric_domain(distribution);
      PhiloxStream random(5);
      std::vector<double> observed, points;
      for (int i = 0; i < 400; ++i) {
        const double share = random.uniform() * (i % 4 == 0 ? 1 : 0.3);
        observed.push_back(line.to_value(line.low + share * (line.high - line.low)));
      }
      observed[7] += 0.25 * line.step;  // another program may have left it between the grid values
      for (int i = 0; i < 20; ++i)
        points.push_back(line.to_value(line.low + random.uniform() * (line.high - line.low)));
      points.insert(points.end(), {line.first, line.last});
      const ParzenEstimator parzen({{&distribution, observed}}, bandwidth);
      const std::vector<double> got = parzen.log_pdf(points);
      for (std::size_t p = 0; p < points.size(); ++p) {
        std::vector<double> terms;
        for (std::size_t i = 0; i < parzen.components(); ++i) {
          const double centre = parzen.centres(0)[i], width = parzen.widths(0)[i];
          const auto mass = [&](double low, double high) {
            return log_normal_mass((std::max(low, line.low) - centre) / width,
                                   (std::min(high, line.high) - centre) / width);
          };
          const double cell = mass(line.cell_low(points[p]), line.cell_high(points[p]));
          terms.push_back(std::log(parzen.weights()[i]) + (cell - mass(line.low, line.high)));
        }
        CHECK(got[p] == log_sum_exp(terms));
      }
    }
}

TEST_CASE("parzen: samples follow the density") {
  // Chi-square over the joint cells of a float cut in 8, an integer and a choice.
  const Distribution space[] = {FloatDistribution{0.01, 100, true}, IntDistribution{1, 3},
                                CategoricalDistribution{{"a", "b"}}};
  const ParzenEstimator parzen({{&space[0], {0.02, 0.5, 0.6, 30, 90}},
                                {&space[1], {1, 2, 2, 3, 3}},
                                {&space[2], {0, 0, 1, 1, 0}}},
                               Bandwidth::hone);
  constexpr std::size_t kCount = 40000, kFine = 200, kCells = 8 * 3 * 2;
  const NumericDomain line = numeric_domain(space[0]);
  PhiloxStream stream(11);
  const std::vector<double> points = parzen.sample(stream, kCount);
  std::vector<double> seen(kCells), expected(kCells);
  const auto cell = [&](double x, double i, double c) {
    const double share = (std::log(x) - line.low) / (line.high - line.low);
    return (static_cast<std::size_t>(std::min(7.0, std::floor(share * 8))) * 3 +
            static_cast<std::size_t>(i) - 1) *
               2 +
           static_cast<std::size_t>(c);
  };
  for (std::size_t k = 0; k < kCount; ++k) {
    REQUIRE((points[k] >= 0.01 && points[k] <= 100));
    seen[cell(points[k], points[kCount + k], points[2 * kCount + k])] += 1;
  }
  for (int i = 1; i <= 3; ++i)
    for (int c = 0; c < 2; ++c)
      for (std::size_t f = 0; f < 8 * kFine; ++f) {
        const double width = (line.high - line.low) / (8 * kFine);
        const double x = std::exp(line.low + (static_cast<double>(f) + 0.5) * width);
        const double point[] = {x, static_cast<double>(i), static_cast<double>(c)};
        expected[cell(x, i, c)] += std::exp(parzen.log_pdf(point)[0]) * width * kCount;
      }
  double chi_square = 0;
  for (std::size_t k = 0; k < kCells; ++k)
    chi_square += std::pow(seen[k] - expected[k], 2) / expected[k];
  CHECK(std::abs(std::accumulate(expected.begin(), expected.end(), 0.0) / kCount - 1) < 1e-4);
  CHECK(chi_square < 90);  // 47 degrees of freedom: 0.02 % of all seeds lie above
  CHECK(chi_square > 18);  // and as few below, as a generator that is too even would be
}
