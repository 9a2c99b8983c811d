// Fitting a standardisation, and what it does to numbers.
#include "nn/data/standardization.h"

#include <doctest/doctest.h>

#include <cmath>

#include "nn/data/image_set.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using nn::data::Standardization;

TEST_CASE("a standardisation gives the rows it was fitted on mean 0 and deviation 1") {
  PhiloxStream random(3);
  std::vector<float> rows;
  for (int i = 0; i < 500; ++i) {
    rows.push_back(1000 + static_cast<float>(random.normal()));
    rows.push_back(-3 + 0.01f * static_cast<float>(random.normal()));
    rows.push_back(7);  // never another value
  }
  const Standardization by = nn::data::standardize(rows, 3);
  const std::vector<float> values = by.apply(rows);
  for (std::size_t f = 0; f < 3; ++f) {
    double sum = 0, squares = 0;
    for (std::size_t i = f; i < values.size(); i += 3) {
      sum += static_cast<double>(values[i]);
      squares += static_cast<double>(values[i]) * static_cast<double>(values[i]);
    }
    CHECK(std::fabs(sum / 500) < 1e-3);
    CHECK(squares / 500 == doctest::Approx(f == 2 ? 0 : 1).epsilon(1e-3));
  }
  CHECK(by.scale[2] == 1);
  const std::vector<float> again = by.undo(values);
  for (std::size_t i = 0; i < rows.size(); ++i)
    CHECK(again[i] == doctest::Approx(rows[i]).epsilon(1e-6));
  CHECK(contains(error_of([&] { nn::data::standardize({}, 3); }), "0 numbers are not whole rows"));
  CHECK(contains(error_of([&] {
                   nn::data::standardize(std::vector<float>{1, 2}, 3);
                 }),
                 "2 numbers"));
  CHECK(contains(error_of([&] {
                   nn::data::standardize(std::vector<float>{1, INFINITY}, 2);
                 }),
                 "feature 1 of row 0 is inf"));
}

TEST_CASE("a deviation whose inverse is no f32 counts as none, and huge numbers have one") {
  const std::vector<float> rows{1e-45f, 3e38f, 3e-45f, -3e38f};
  const Standardization by = nn::data::standardize(rows, 2);
  CHECK(by.scale[0] == 1);
  CHECK(by.complaint({2}).empty());
  for (const float value : by.apply(rows)) CHECK(std::isfinite(value));
  CHECK(by.apply(rows)[1] == doctest::Approx(1));
}

TEST_CASE("pictures are standardised channel by channel in the units of the network") {
  nn::data::ImageSet set{2, 1, 2, 2, {0, 10, 255, 10, 0, 10, 255, 10}, {0, 0}};
  const Standardization by = nn::data::standardize(set);
  CHECK(by.mean[0] == doctest::Approx(0.5));
  CHECK(by.scale[0] == doctest::Approx(2));
  CHECK(by.mean[1] == doctest::Approx(10.0 / 255));
  CHECK(by.scale[1] == 1);
  CHECK(by.complaint({1, 2, 2}) == "");
  CHECK(contains(by.complaint({1, 2, 3}), "has 2 means and 2 scales, a sample [1, 2, 3] has 6"));
}
