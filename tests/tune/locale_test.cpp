// The tuner in a process whose locale writes numbers with a comma.
#include <doctest/doctest.h>

#include "tests/comma_locale.h"
#include "tune/distribution.h"

using namespace hone::tune;

TEST_CASE("distributions are the same in a locale with a decimal comma") {
  const hone::test::CommaLocale locale;
  if (!locale.active()) MESSAGE("no locale with a decimal comma can be had");
  CHECK(std::get<FloatDistribution>(on_grid(FloatDistribution{0, 0.35, false, 0.1})).high == 0.3);
  const Distribution range = FloatDistribution{1e-5, 0.1, true};
  CHECK(std::get<FloatDistribution>(distribution_from_json(to_json(range))).low == 1e-5);
  const Distribution choices = CategoricalDistribution{{1.5, std::string("1,5")}};
  const Distribution back = distribution_from_json(to_json(choices));
  CHECK(std::get<CategoricalDistribution>(back).choices[0] == Value(1.5));
}
