// tune/samplers/truncated_normal: exact values of 40-digit arithmetic, and properties.
#include "tune/samplers/truncated_normal.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "base/philox.h"
#include "tests/tune/golden_file.h"

using namespace hone;
using namespace hone::tune;
using namespace hone::tune::testing;

namespace {
const double kInf = std::numeric_limits<double>::infinity();

// Relative, because these numbers run from -1e-19 to -1e3.
double relative(double a, double b) { return a == b ? 0 : std::abs(a - b) / std::abs(b); }
}  // namespace

TEST_CASE("truncated normal: ln Phi has twelve digits from z = -60 to z = 9") {
  for (const Json& row : read_goldens("tpe.json").at("log_ndtr")) {
    CAPTURE(row.dump());
    CHECK(relative(log_normal_cdf(row[0]), row[2]) < 1e-12);
  }
  CHECK(log_normal_cdf(-kInf) == -kInf);
  CHECK(log_normal_cdf(kInf) == 0);
}

TEST_CASE("truncated normal: the log mass of an interval has eleven digits, in the tails too") {
  for (const Json& row : read_goldens("tpe.json").at("log_gauss_mass")) {
    CAPTURE(row.dump());
    CHECK(relative(log_normal_mass(row[0], row[1]), row[3]) < 1e-11);
    // Optuna's own value agrees as far as its rounding allows.
    CHECK(distance(log_normal_mass(row[0], row[1]), row[2]) < 1e-9);
  }
}

TEST_CASE("truncated normal: quantiles agree with bisection in 60 digits") {
  for (const Json& row : read_goldens("tpe.json").at("ppf")) {
    CAPTURE(row.dump());
    const double x = truncated_normal_quantile(row[0], row[1], row[2]);
    CHECK(distance(x, row[4]) < 1e-11);
    // Optuna's Newton stops at 1e-8.
    CHECK(distance(x, row[3]) < 1e-7);
  }
}

TEST_CASE("truncated normal: masses of the parts add up to the whole") {
  PhiloxStream random(7);
  for (int i = 0; i < 3000; ++i) {
    const double a = 40 * random.uniform() - 20;
    const double b = a + std::pow(10.0, 4 * random.uniform() - 3),
                 c = b + 5 * random.uniform() + 1e-6;
    const double whole = log_normal_mass(a, c);
    const double parts =
        std::exp(log_normal_mass(a, b) - whole) + std::exp(log_normal_mass(b, c) - whole);
    CAPTURE(a);
    CAPTURE(b);
    CAPTURE(c);
    CHECK(std::abs(parts - 1) < 1e-10);
    CHECK(relative(log_normal_mass(-c, -a), whole) < 1e-13);
    CHECK(log_normal_mass(a, c, normal_tail(a), normal_tail(c)) == whole);
  }
}

TEST_CASE("truncated normal: a quantile splits the mass as asked, is monotone and stays inside") {
  PhiloxStream random(8);
  for (int i = 0; i < 3000; ++i) {
    const double scale = std::pow(10.0, 3 * random.uniform() - 1);
    const double a = scale * (2 * random.uniform() - 1), b = a + scale * random.uniform() + 1e-3;
    const double q = random.uniform();
    const double x = truncated_normal_quantile(q, a, b);
    CAPTURE(a);
    CAPTURE(b);
    CAPTURE(q);
    CAPTURE(x);
    REQUIRE((x >= a && x <= b));
    CHECK(truncated_normal_quantile(std::min(1.0, q + 1e-3), a, b) >= x);
    // The share on the left is q up to the error that rounding x to a double makes.
    const double density = std::exp(truncated_normal_log_pdf(x, a, b));
    const double share = std::exp(log_normal_mass(a, x) - log_normal_mass(a, b));
    CHECK(std::abs(share - q) < 1e-9 + density * 1e-12 * std::max(1.0, std::abs(x)));
  }
  CHECK(truncated_normal_quantile(0, -3, 2) == -3);
  CHECK(truncated_normal_quantile(1, -3, 2) == 2);
}

TEST_CASE("truncated normal: nothing is NaN far away") {
  CHECK(log_normal_mass(1, 1) == -kInf);
  CHECK(std::isfinite(log_normal_mass(1e6, 1e6 + 1)));
  CHECK(std::isfinite(log_normal_mass(-1e7, -1e7 + 1e-9)));
  CHECK(log_normal_mass(-kInf, kInf) == 0);
  CHECK(log_normal_mass(1e200, 2e200) == -kInf);
  const double x = truncated_normal_quantile(0.5, 1e6, 1e6 + 1);
  CHECK((x >= 1e6 && x <= 1e6 + 1e-5));
  CHECK(truncated_normal_log_pdf(3, -1, 2) == -kInf);
}
