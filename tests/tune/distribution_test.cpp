// tune/distribution: rules, conversions and the JSON that Optuna reads. The random sampler on top
// of it.
#include "tune/distribution.h"

#include <doctest/doctest.h>

#include <cmath>
#include <ctime>
#include <limits>
#include <map>

#include "base/error.h"
#include "tests/tune/sampler_study.h"
#include "tune/json_text.h"
#include "tune/samplers/random_sampler.h"

using namespace hone;
using namespace hone::tune;
using hone::tune::testing::first_value;

TEST_CASE("a distribution that breaks a rule is refused by name") {
  const double inf = std::numeric_limits<double>::infinity();
  const Distribution bad[] = {
      FloatDistribution{2, 1},
      FloatDistribution{0, 1, true},
      FloatDistribution{1, 2, true, 0.1},
      FloatDistribution{0, 1, false, 0.0},
      FloatDistribution{0, 1, false, -1.0},
      FloatDistribution{0, inf},
      FloatDistribution{std::nan(""), 1},
      FloatDistribution{-1e308, 1e308, false, 1e-300},
      IntDistribution{2, 1},
      IntDistribution{0, 4, true},
      IntDistribution{1, 4, true, 2},
      IntDistribution{0, 4, false, 0},
      IntDistribution{0, std::int64_t{1} << 54},
      CategoricalDistribution{},
      CategoricalDistribution{{std::string("a"), std::string("a")}},
      CategoricalDistribution{{std::nan("")}},
      CategoricalDistribution{{std::string("\xff")}},
  };
  for (const Distribution& distribution : bad)
    CHECK_THROWS_WITH_AS(check_distribution("lr", distribution), doctest::Contains("lr"), Error);
  CHECK_NOTHROW(check_distribution("lr", FloatDistribution{1e-5, 1e-1, true}));
  CHECK_NOTHROW(check_distribution("n", IntDistribution{1, 1, true}));
  CHECK_NOTHROW(check_distribution(
      "c", CategoricalDistribution{{std::int64_t{1}, 1.5, true, std::monostate{}}}));
}

TEST_CASE("names of parameters are 1 to 512 characters of UTF-8 without NUL") {
  const Distribution ok = FloatDistribution{};
  CHECK_THROWS_AS(check_distribution("", ok), Error);
  CHECK_THROWS_AS(check_distribution(std::string(513, 'x'), ok), Error);
  CHECK_THROWS_AS(check_distribution(std::string("a\0b", 3), ok), Error);
  CHECK_THROWS_AS(check_distribution("\xff\xfe", ok), Error);
  CHECK_THROWS_AS(check_distribution("\xc0\x80", ok), Error);
  CHECK_THROWS_AS(check_distribution("\xed\xa0\x80", ok), Error);
  std::string umlauts;
  for (int i = 0; i < 512; ++i) umlauts += "\xc3\xa4";
  CHECK_NOTHROW(check_distribution(umlauts, ok));
  CHECK(utf8_length("a\xf0\x9f\x98\x80") == 2);
}

TEST_CASE("a name may change its range but not its kind, log flag or choices") {
  CHECK(compatible(FloatDistribution{0, 1}, FloatDistribution{0, 9, false, 0.5}));
  CHECK_FALSE(compatible(FloatDistribution{1, 2}, FloatDistribution{1, 2, true}));
  CHECK_FALSE(compatible(FloatDistribution{1, 2}, IntDistribution{1, 2}));
  CHECK(compatible(IntDistribution{1, 2}, IntDistribution{0, 8, false, 2}));
  CHECK_FALSE(compatible(IntDistribution{1, 2}, IntDistribution{1, 2, true}));
  const CategoricalDistribution ab{{std::string("a"), std::string("b")}};
  CHECK(compatible(ab, ab));
  CHECK_FALSE(compatible(ab, CategoricalDistribution{{std::string("b"), std::string("a")}}));
}

TEST_CASE("the end of a range is lowered to its grid") {
  CHECK(std::get<FloatDistribution>(on_grid(FloatDistribution{0, 0.35, false, 0.1})).high == 0.3);
  CHECK(std::get<FloatDistribution>(on_grid(FloatDistribution{0, 0.3, false, 0.1})).high == 0.3);
  CHECK(std::get<FloatDistribution>(on_grid(FloatDistribution{1, 1.5, false, 2.0})).high == 1);
  CHECK(std::get<IntDistribution>(on_grid(IntDistribution{1, 8, false, 3})).high == 7);
  CHECK(std::get<IntDistribution>(on_grid(IntDistribution{-5, -1, false, 3})).high == -2);
}

TEST_CASE("contains knows the grid and is_single the only value") {
  CHECK(contains(FloatDistribution{0, 0.5, false, 0.1}, 0.30000000000000004));
  CHECK_FALSE(contains(FloatDistribution{0, 0.5, false, 0.1}, 0.35));
  CHECK_FALSE(contains(FloatDistribution{0, 0.5}, 0.6));
  CHECK_FALSE(contains(FloatDistribution{0, 0.5}, std::nan("")));
  CHECK(contains(IntDistribution{1, 7, false, 3}, 4));
  CHECK_FALSE(contains(IntDistribution{1, 7, false, 3}, 5));
  CHECK_FALSE(contains(IntDistribution{1, 7}, 2.5));
  CHECK_FALSE(contains(CategoricalDistribution{{true}}, 1));
  CHECK(is_single(FloatDistribution{2, 2}));
  CHECK(is_single(FloatDistribution{2, 2.5, false, 1.0}));
  CHECK_FALSE(is_single(FloatDistribution{2, 3, false, 1.0}));
  CHECK(is_single(IntDistribution{2, 4, false, 3}));
  CHECK(is_single(CategoricalDistribution{{true}}));
}

TEST_CASE("values survive the way to the internal number and back") {
  const CategoricalDistribution choices{
      {std::monostate{}, true, std::int64_t{7}, 1.5, std::string("7")}};
  for (std::size_t i = 0; i < choices.choices.size(); ++i)
    CHECK(to_internal(choices, choices.choices[i]) == static_cast<double>(i));
  CHECK(to_internal(choices, 7.0) == 2);  // 7 and 7.0 are the same choice
  CHECK(to_external(choices, 4) == Value(std::string("7")));
  CHECK(to_internal(IntDistribution{0, 9}, 4.0) == 4);
  CHECK(to_external(IntDistribution{0, 9}, 4) == Value(std::int64_t{4}));
  CHECK(to_internal(FloatDistribution{0, 9}, std::int64_t{4}) == 4);
  CHECK_THROWS_AS(to_internal(choices, std::string("x")), Error);
  CHECK_THROWS_AS(to_internal(IntDistribution{0, 9}, 4.5), Error);
  CHECK_THROWS_AS(to_internal(FloatDistribution{0, 9}, std::string("4")), Error);
  CHECK_THROWS_AS(to_internal(FloatDistribution{0, 9}, std::nan("")), Error);
  CHECK_THROWS_AS(to_external(choices, 5), Error);
}

TEST_CASE("distributions are written as Optuna writes them") {
  CHECK(
      to_json(Distribution(FloatDistribution{1e-5, 0.1, true})) ==
      R"({"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}})");
  CHECK(
      to_json(Distribution(FloatDistribution{0, 1, false, 0.25})) ==
      R"({"name": "FloatDistribution", "attributes": {"step": 0.25, "low": 0.0, "high": 1.0, "log": false}})");
  CHECK(
      to_json(Distribution(IntDistribution{1, 4})) ==
      R"({"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 4}})");
  CHECK(
      to_json(
          Distribution(CategoricalDistribution{{std::string("adam"), std::string("s\"gd\n\xc3\xa4"),
                                                std::monostate{}, true, std::int64_t{7}, 2.0}})) ==
      R"({"name": "CategoricalDistribution", "attributes": {"choices": ["adam", "s\"gd\n\u00e4", null, true, 7, 2.0]}})");
}

TEST_CASE("distributions of all Optuna versions are read") {
  const Distribution written[] = {
      FloatDistribution{1e-5, 0.1, true}, FloatDistribution{0, 1, false, 0.25},
      IntDistribution{1, 9, false, 2}, IntDistribution{1, 9, true},
      CategoricalDistribution{{std::string("a"), std::monostate{}, false, std::int64_t{-3}, 1.0}}};
  for (const Distribution& distribution : written)
    CHECK(distribution_from_json(to_json(distribution)) == distribution);
  const std::pair<const char*, Distribution> legacy[] = {
      {R"({"name": "UniformDistribution", "attributes": {"low": 0, "high": 1.0}})",
       FloatDistribution{0, 1}},
      {R"({"name": "LogUniformDistribution", "attributes": {"low": 0.1, "high": 1.0}})",
       FloatDistribution{0.1, 1, true}},
      {R"({"name": "DiscreteUniformDistribution", "attributes": {"low": 0.0, "high": 1.0, "q": 0.1}})",
       FloatDistribution{0, 1, false, 0.1}},
      {R"({"name": "IntUniformDistribution", "attributes": {"low": 0, "high": 8, "step": 2}})",
       IntDistribution{0, 8, false, 2}},
      {R"({"name": "IntLogUniformDistribution", "attributes": {"low": 1, "high": 8, "step": 1}})",
       IntDistribution{1, 8, true}}};
  for (const auto& [text, distribution] : legacy)
    CHECK(distribution_from_json(text) == distribution);
}

TEST_CASE("a distribution text that is not one is a storage error") {
  std::string deep(100000, '[');
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string("{}"), deep,
        std::string(R"({"name": 3, "attributes": {}})"),
        std::string(R"({"name": "FooDistribution", "attributes": {}})"),
        std::string(R"({"name": "FloatDistribution", "attributes": {"low": 0}})"),
        std::string(R"({"name": "FloatDistribution", "attributes": {"low": NaN, "high": 1}})"),
        std::string(R"({"name": "FloatDistribution", "attributes": {"low": 2, "high": 1}})"),
        std::string(R"({"name": "IntDistribution", "attributes": {"low": 0.5, "high": 1}})"),
        std::string(R"({"name": "IntDistribution", "attributes": {"low": 0, "high": 1e300}})"),
        std::string(R"({"name": "CategoricalDistribution", "attributes": {"choices": [[1]]}})"),
        std::string(R"({"name": "CategoricalDistribution", "attributes": {"choices": []}})")}) {
    try {
      distribution_from_json(text);
      FAIL("accepted: " << text.substr(0, 100));
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::storage);
    }
  }
}

TEST_CASE(
    "choices keep their type in storage, an infinite one too; one beyond 64 bits is refused") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Distribution hostile = CategoricalDistribution{
      {Value(), Value(kInfinity), Value(-kInfinity), Value(std::string("Infinity")),
       Value(std::string("-Infinity")), Value(std::string("NaN")), Value(INT64_MAX),
       Value(INT64_MIN), Value(9.2e18), Value(std::int64_t{1}), Value(1.0), Value(true),
       Value(std::string("1")), Value(-0.0), Value(std::string())}};
  CHECK(distribution_from_json(to_json(hostile)) == hostile);
  const std::string text =
      R"({"name": "CategoricalDistribution", "attributes": {"choices": [1, 18446744073709551616]}})";
  try {
    distribution_from_json(text);
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(
        std::string(error.what()) ==
        "distribution: attributes.choices[1]: cannot be the value of a parameter: it is a list, an "
        "object or beyond 64 bits");
  }
}

TEST_CASE("100,000 choices are checked and read in linear time") {
  CategoricalDistribution many;
  for (std::int64_t i = 0; i < 100000; ++i) many.choices.emplace_back(i);
  const std::clock_t start = std::clock();  // processor time: the machine may be busy
  check_distribution("many", many);
  CHECK(distribution_from_json(to_json(Distribution(many))) == Distribution(many));
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  CHECK(seconds < 10);  // 0.2 s; each against each took 20 s and more
  many.choices.emplace_back(std::int64_t{7});
  CHECK_THROWS_AS(check_distribution("many", many), Error);
}

TEST_CASE("values are written and read with their type, special numbers as Python writes them") {
  for (const Value& value :
       {Value(), Value(true), Value(std::int64_t{-5}), Value(1.0), Value(0.1), Value(5e-324),
        Value(1.7976931348623157e308), Value(std::string("NaN \"\\\x01"))})
    CHECK(value_from_json(to_json(value)) == value);
  CHECK(to_json(Value(std::nan(""))) == "NaN");
  CHECK(to_json(Value(-std::numeric_limits<double>::infinity())) == "-Infinity");
  CHECK(std::isnan(std::get<double>(value_from_json("NaN"))));
  CHECK(std::get<double>(value_from_json(" -Infinity")) < 0);
  CHECK_THROWS_AS(value_from_json("[1]"), Error);
  CHECK(to_text(Value(0.00123)) == "0.00123");
  CHECK(to_text(Value(std::string("adam"))) == "adam");
}

TEST_CASE("the random sampler is a pure function of seed, trial and name, and covers its range") {
  RandomSampler sampler;
  const HistoryView history;
  const Distribution all[] = {FloatDistribution{-3, 5},
                              FloatDistribution{1e-5, 1, true},
                              FloatDistribution{0, 0.3, false, 0.1},
                              FloatDistribution{-1.7e308, 1.7e308},
                              IntDistribution{-3, 9, false, 4},
                              IntDistribution{1, 100, true},
                              CategoricalDistribution{{true, false, std::monostate{}}}};
  for (const Distribution& distribution : all)
    for (int trial = 0; trial < 300; ++trial) {
      const double a = first_value(sampler, history, {7, trial}, "x", distribution);
      REQUIRE(contains(distribution, a));
      REQUIRE(a == first_value(sampler, history, {7, trial}, "x", distribution));
    }
  std::map<double, int> counts;
  for (int trial = 0; trial < 4000; ++trial)
    ++counts[first_value(sampler, history, {7, trial}, "n", IntDistribution{0, 3})];
  CHECK(counts.size() == 4);
  for (const auto& [value, count] : counts) CHECK(std::abs(count - 1000) < 5 * 28);  // 5 sigma
  int small = 0;
  for (int trial = 0; trial < 4000; ++trial)
    small +=
        first_value(sampler, history, {7, trial}, "lr", FloatDistribution{1e-4, 1, true}) < 1e-2
            ? 1
            : 0;
  CHECK(std::abs(small - 2000) < 5 * 32);
  CHECK(first_value(sampler, history, {7, 1}, "x", all[0]) !=
        first_value(sampler, history, {7, 1}, "y", all[0]));
  CHECK(first_value(sampler, history, {7, 1}, "x", all[0]) !=
        first_value(sampler, history, {8, 1}, "x", all[0]));
}
