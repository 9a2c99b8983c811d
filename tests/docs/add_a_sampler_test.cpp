// The sampler of docs/add-a-sampler.md does what the page says.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/docs/golden_sampler.h"
#include "tune/kind.h"
#include "tune/samplers/make_sampler.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

namespace {

const std::vector<Kind<Sampler>>& kinds_with_golden() {
  static const std::vector<Kind<Sampler>> kKinds = {
      kind_of<Sampler, GoldenSampler>(),
  };
  return kKinds;
}

}  // namespace

TEST_CASE("the sampler of the page is made from its name and options, and has a help text") {
  const auto sampler = make_kind(kinds_with_golden(), "sampler", "golden", R"({"start": 0.25})");
  CHECK(spec_of(*sampler) == R"(golden {"start":0.25})");
  CHECK(spec_of(*make_from_spec(kinds_with_golden(), "sampler", "golden")) ==
        R"(golden {"start":0.5})");
  CHECK_THROWS_AS(make_kind(kinds_with_golden(), "sampler", "golden", R"({"start": 2})"), Error);
  CHECK(kinds_help(kinds_with_golden()).find("start (default 0.5; 0 to 1)") != std::string::npos);
}

TEST_CASE("the sampler of the page fills a range evenly, within a study") {
  Study study = Study::open({.sampler = std::make_shared<GoldenSampler>(), .log = {}});
  std::set<int> tenths;
  study.optimize(
      Objective([&](Trial& trial) {
        const double x = trial.suggest_float("x", -5, 5);
        tenths.insert(static_cast<int>(x + 5));
        return Outcome::complete(x * x + trial.suggest_float("y", 1e-3, 1, {.log = true}));
      }),
      {.trials = 16});
  CHECK(tenths.size() == 10);
}
