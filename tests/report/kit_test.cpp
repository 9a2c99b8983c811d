// The chart kit and the text helpers.
#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "apps/report/chart.h"
#include "apps/report/html.h"

namespace hone::report {
namespace {

std::vector<std::string> labels(const Axis& axis) {
  std::vector<std::string> out;
  for (const Tick& tick : axis.ticks) out.push_back(tick.label);
  return out;
}

using Labels = std::vector<std::string>;

TEST_CASE("linear ticks are round and cover the range") {
  const Axis axis = linear_axis(0.104, 0.926, {.ticks = 5});
  CHECK(labels(axis) == Labels{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  CHECK(axis.lo == 0);
  CHECK(axis.hi == doctest::Approx(1));
  CHECK(labels(linear_axis(0.905, 0.93, {.ticks = 5, .format = TickFormat::percent})) ==
        Labels{"90.5%", "91.0%", "91.5%", "92.0%", "92.5%", "93.0%"});
  CHECK(labels(linear_axis(-2, 2, {.ticks = 4})) == Labels{"−2", "−1", "0", "1", "2"});
}

TEST_CASE("integer ticks have no fractions and fixed ends stay where they are") {
  const Axis axis =
      linear_axis(0.5, 4.5, {.ticks = 10, .format = TickFormat::integer, .round_ends = false});
  CHECK(labels(axis) == Labels{"1", "2", "3", "4"});
  CHECK(axis.lo == 0.5);
  CHECK(axis.hi == 4.5);
}

TEST_CASE("log ticks are powers of ten, or 1, 2 and 5 times them on a short range") {
  CHECK(labels(log_axis(1e-5, 1e-1)) == Labels{"10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹"});
  CHECK(labels(log_axis(1e-12, 1, 4)) == Labels{"10⁻¹²", "10⁻⁸", "10⁻⁴", "1"});
  CHECK(labels(log_axis(0.9, 30)) == Labels{"1", "2", "5", "10", "20"});
  CHECK(log_axis(1e-4, 1e-2).fraction(1e-3) == doctest::Approx(0.5));
}

TEST_CASE("an axis survives equal, swapped, hostile and missing ends") {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double ends[] = {nan, inf, -inf, 1e308, -1e308, 5e-324, 0, 1, -1, 1e18, 1e18 + 256, 3e9};
  for (const double lo : ends) {
    for (const double hi : ends) {
      CAPTURE(lo);
      CAPTURE(hi);
      for (const Axis& axis : {linear_axis(lo, hi, {}), log_axis(lo, hi)}) {
        CHECK(axis.hi > axis.lo);
        CHECK(axis.ticks.size() <= 50);
        for (const double value : ends) {
          CHECK(axis.fraction(value) >= 0);
          CHECK(axis.fraction(value) <= 1);
        }
      }
    }
  }
}

TEST_CASE("a line is broken where a value is missing") {
  Svg svg(100, 100);
  Panel panel(svg, {0, 0, 100, 100}, linear_axis(0, 4, {}), linear_axis(0, 1, {}));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(panel.line_path({{0, 0}, {1, 1}, {2, nan}, {3, 1}, {4, 0}}) ==
        "M0.0 100.0L25.0 0.0M75.0 0.0L100.0 100.0");
  CHECK(panel.line_path({{0, 0}, {4, 1}}, true) == "M0.0 100.0H100.0V0.0");
}

TEST_CASE("tick labels never overlap") {
  Svg svg(220, 60);
  Axis x = linear_axis(0, 1, {.ticks = 2});
  x.ticks = {{0.0, "first label"}, {0.1, "second label"}, {1.0, "third"}};
  Panel(svg, {10, 10, 200, 20}, x, linear_axis(0, 1, {.ticks = 1})).frame({});
  const std::string out = svg.finish("t", "s");
  CHECK(out.find("first label") != out.npos);
  CHECK(out.find("second label") == out.npos);
  CHECK(out.find(">third<") != out.npos);
}

TEST_CASE("a mark outside its axis becomes a triangle at the edge") {
  Svg inside(100, 100), outside(100, 100);
  const Axis unit = linear_axis(0, 1, {});
  Panel(inside, {0, 0, 100, 100}, unit, unit).mark(Shape::circle, 0.5, 0.0, 4, "m", "tip");
  Panel(outside, {0, 0, 100, 100}, unit, unit).mark(Shape::circle, 0.5, -3.0, 4, "m", "tip");
  CHECK(inside.finish("t", "s").find("a4.0 4.0") != std::string::npos);
  CHECK(outside.finish("t", "s").find("a4.0 4.0") == std::string::npos);
  CHECK(outside.finish("t", "s").find("M50.0 104.0l") != std::string::npos);
}

TEST_CASE("escaping covers markup, quotes, control characters and broken UTF-8") {
  CHECK(escape("<a href=\"x\">&'") == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  CHECK(escape("ü 漢 🎓\n\t") == "ü 漢 🎓\n\t");
  CHECK(escape("a\x1b[31m") == "a\xEF\xBF\xBD[31m");
  CHECK(escape("\xC0\xAF") == "\xEF\xBF\xBD\xEF\xBF\xBD");    // overlong
  CHECK(escape("\xE2\x80\xAEx") == "\xEF\xBF\xBDx");          // turns the reading direction
  CHECK(escape("x\xF0\x9F") == "x\xEF\xBF\xBD\xEF\xBF\xBD");  // cut off
  CHECK(escape("\xED\xA0\x80").find("\xED\xA0") == std::string::npos);  // a surrogate
}

TEST_CASE("clipping counts characters and marks what it cut") {
  CHECK(clip("äöüß", 4) == "äöüß");
  CHECK(clip("äöüßx", 4) == "äöü…");
  CHECK(clip("", 3).empty());
  CHECK(length("äöüß") == 4);
}

TEST_CASE("base64 follows the test vectors of RFC 4648") {
  const auto encode = [](std::string_view text) {
    return base64(std::vector<std::uint8_t>(text.begin(), text.end()));
  };
  CHECK(encode("") == "");
  CHECK(encode("f") == "Zg==");
  CHECK(encode("fo") == "Zm8=");
  CHECK(encode("foo") == "Zm9v");
  CHECK(encode("foobar") == "Zm9vYmFy");
  // SHA-256 of nothing, as a policy names it.
  CHECK(csp_hash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") ==
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

TEST_CASE("numbers read as a person would write them") {
  CHECK(number(0.0634559566665011) == "0.06346");
  CHECK(number(0.25) == "0.25");
  CHECK(number(6.25e-5) == "6.25e-5");
  CHECK(number(-3) == "−3");
  CHECK(number(18450) == "18,450");
  CHECK(number(0) == "0");
  CHECK(percent(0.92196) == "92.20%");
  CHECK(grouped(1617866) == "1,617,866");
  CHECK(compact(1290) == "1,290");
  CHECK(compact(4917248) == "4.92 M");
  CHECK(duration(2811) == "46 min 51 s");
  CHECK(duration(43) == "43 s");
  CHECK(duration(4800) == "1 h 20 min");
  CHECK(duration(std::numeric_limits<double>::infinity()) == "–");
}

}  // namespace
}  // namespace hone::report
