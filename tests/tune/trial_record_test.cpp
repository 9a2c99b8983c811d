// Records and their changes: one way to apply a change, times as numbers and as text.
#include "tune/trial_record.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tune/time_text.h"
#include "tune/trial_change.h"

using namespace hone::tune;

TEST_CASE("a change brings a record up to date, in one piece or in several") {
  TrialChange first;
  first.params = {{"x", FloatDistribution{0, 1}, 0.25}};
  first.reports = {{1, 3.0}, {2, NAN}};
  first.user_attrs = {{"a", "1"}, {"b", "2"}};
  TrialChange second;
  second.params = {{"n", IntDistribution{1, 9}, 4}};
  second.reports = {{2, 7.0}, {5, 0.5}};
  second.user_attrs = {{"b", "3"}};
  second.system_attrs = {{"s", "null"}};
  second.seen = "0-3";
  second.final_state = TrialState::complete;
  second.values = {1.5, -2};
  second.end_time = 77;

  TrialRecord stepwise, at_once;
  apply(first, stepwise);
  CHECK(stepwise.state == TrialState::running);
  CHECK_FALSE(stepwise.value().has_value());
  apply(second, stepwise);
  TrialChange both = first;
  both.append(second);
  CHECK(both.seen == "0-3");
  apply(both, at_once);
  for (const TrialRecord& record : {stepwise, at_once}) {
    CHECK(record.params.size() == 2);
    CHECK(record.find("n")->internal == 4);
    CHECK(record.intermediate.size() == 3);
    CHECK(std::isnan(record.intermediate.at(2)));  // the first report of a step stands
    CHECK(record.user_attrs == Attributes{{"a", "1"}, {"b", "3"}});
    CHECK(record.system_attrs == Attributes{{"s", "null"}});
    CHECK(record.state == TrialState::complete);
    CHECK(record.values == std::vector<double>{1.5, -2});
    CHECK(record.value() == 1.5);
    CHECK(record.end_time == 77);
  }
}

TEST_CASE("times are written as Optuna's text and read back to the microsecond") {
  CHECK(time_text(0).empty());
  CHECK(time_from_text("") == 0);
  CHECK(time_text(1769860800000000) == "2026-01-31 12:00:00.000000");
  CHECK(time_text(-1) == "1969-12-31 23:59:59.999999");
  CHECK(time_from_text("2024-02-29 23:59:59.000001") == 1709251199000001);
  CHECK(time_from_text("1970-01-01 00:00:01") == 1000000);
  CHECK(time_from_text("1970-01-01 00:00:00.5") == 500000);
  CHECK(time_from_text("1970-01-01 00:00:00.1234567") == 123456);
  for (const std::int64_t time : {now_microseconds(), std::int64_t{1}, std::int64_t{-62135596800},
                                  std::int64_t{253402300799999999}})
    CHECK(time_from_text(time_text(time)) == time);
  for (const char* bad :
       {"2026", "2026-02-30 00:00:00.0", "2026-13-01 00:00:00", "x", "2026-01-01 24:00:00",
        "2026-01-01 00:00:60", "2026-01-01T00:00:00", "2026-01-01 00:00:00.x",
        "0000-01-01 00:00:00", "+026-01-01 00:00:00", "2026-01-01 00:00:00+01:00"})
    CHECK_MESSAGE(!time_from_text(bad), bad);
}
