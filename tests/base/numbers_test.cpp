// Numbers from text: decimal, whole, in range, in any locale.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include "base/numbers.h"
#include "tests/comma_locale.h"

using hone::parse_double;
using hone::parse_int;
using hone::parse_uint;

TEST_CASE("whole numbers are decimal, whole and in range") {
  CHECK(parse_int("0") == 0);
  CHECK(parse_int("010") == 10);  // not octal
  CHECK(parse_int("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK(parse_uint("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  for (const char* text :
       {"", " 1", "1 ", "+1", "1.0", "0x10", "1e3", "--1", "-", "9223372036854775808"})
    CHECK_MESSAGE(!parse_int(text), text);
  CHECK(!parse_uint("-1"));
  CHECK(!parse_int(std::string_view("1\0", 2)));
}

TEST_CASE("numbers with a point keep all their bits, and an overflow is not infinity") {
  CHECK(parse_double("0.1") == 0.1);
  CHECK(parse_double("-1e-3") == -1e-3);
  CHECK(parse_double("1E5") == 1e5);
  CHECK(parse_double("inf") == std::numeric_limits<double>::infinity());
  CHECK(std::isnan(parse_double("nan").value()));
  CHECK(parse_double("5e-324") == 5e-324);
  for (const char* text : {"1e-400", "0.000001e-330", "1e-99999999999999999999"})
    CHECK_MESSAGE(parse_double(text) == 0.0, text);
  CHECK(parse_double("-1e-400") == 0.0);
  CHECK(std::signbit(parse_double("-1e-400").value()));
  const std::string long_number(400, '9');
  for (const std::string& text : {std::string("1e400"), std::string("-1e309"), long_number,
                                  "0." + std::string(9, '0') + "1e400"})
    CHECK_MESSAGE(!parse_double(text), text);
  for (const char* text : {"", " 1", "1 ", "+1", "0x1p3", "1,5", "1e", "e1", "1.2.3", "infinit"})
    CHECK_MESSAGE(!parse_double(text), text);
}

TEST_CASE("a locale with a comma changes nothing") {
  const hone::test::CommaLocale locale;
  if (!locale.active()) {
    MESSAGE("no locale with a decimal comma can be had");
  } else {
    CHECK(std::strtod("1,5", nullptr) == 1.5);  // so it is in force
  }
  CHECK(parse_double("1.5") == 1.5);
  CHECK(!parse_double("1,5"));
}
