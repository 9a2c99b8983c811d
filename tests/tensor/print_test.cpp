// Tensors as text: what NumPy 2.4 prints for the same arrays.
#include <cmath>
#include <sstream>

#include "tests/tensor/test_backends.h"

using namespace hone;

namespace {

Tensor of(const std::vector<float>& values, const Shape& shape) {
  return Tensor::from(values, shape);
}

}  // namespace

TEST_CASE("a tensor prints as NumPy prints the same array") {
  const Bound bound("ref");
  const float nan = std::nanf(""), inf = INFINITY;
  CHECK(of({1, 2.25f, 3.5f}, {3}).str() == "[1.   2.25 3.5 ]");
  CHECK(of({1, 2, 3, 4}, {2, 2}).str() == "[[1. 2.]\n [3. 4.]]");
  CHECK(of({1e-10f, 2.5f, -3}, {3}).str() == "[ 1.0e-10  2.5e+00 -3.0e+00]");
  CHECK(of({nan, 1, -inf}, {3}).str() == "[ nan   1. -inf]");
  CHECK(of({1e8f, 1}, {2}).str() == "[1.e+08 1.e+00]");
  CHECK(of({0.1f, 0.001f}, {2}).str() == "[0.1   0.001]");
  CHECK(of({0.00012345678f, 0.1f}, {2}).str() == "[0.00012346 0.1       ]");
  CHECK(of({123456.78f, 1000.5f}, {2}).str() == "[123456.78   1000.5 ]");
  CHECK(of({0, 0}, {2}).str() == "[0. 0.]");
  CHECK(of({}, {0, 3}).str() == "[]");
  CHECK(of({}, {2, 2, 0}).str() == "[]");
  CHECK(Tensor::scalar(2.5f).str() == "2.5");
  CHECK(Tensor::scalar(2).str() == "2.0");
  CHECK(Tensor::from(std::vector<double>{1.0 / 3, 2.0 / 3}, {2}).str() ==
        "[0.33333333 0.66666667]");
  CHECK(Tensor::from(std::vector<std::int32_t>{1, -2, 300, 4}, {2, 2}).str() ==
        "[[  1  -2]\n [300   4]]");
}

TEST_CASE("lines of a printed tensor are broken, and axes set apart, where NumPy does") {
  const Bound bound("ref");
  std::vector<float> thirds(24);
  for (std::size_t i = 0; i < 24; ++i) thirds[i] = static_cast<float>(i) / 3;
  CHECK(of(thirds, {2, 3, 4}).str() ==
        "[[[0.         0.33333334 0.6666667  1.        ]\n"
        "  [1.3333334  1.6666666  2.         2.3333333 ]\n"
        "  [2.6666667  3.         3.3333333  3.6666667 ]]\n\n"
        " [[4.         4.3333335  4.6666665  5.        ]\n"
        "  [5.3333335  5.6666665  6.         6.3333335 ]\n"
        "  [6.6666665  7.         7.3333335  7.6666665 ]]]");
  CHECK(Tensor::linspace(0, 1, 21).str() ==
        "[0.   0.05 0.1  0.15 0.2  0.25 0.3  0.35 0.4  0.45 0.5  0.55 0.6  0.65\n"
        " 0.7  0.75 0.8  0.85 0.9  0.95 1.  ]");
  CHECK(Tensor::arange(0, 50, 1, DType::u8).str() ==
        "[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23\n"
        " 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47\n"
        " 48 49]");
}

TEST_CASE("more than a thousand elements are shortened as NumPy shortens them") {
  const Bound bound("ref");
  CHECK(Tensor::arange(0, 2000).str() ==
        "[0.000e+00 1.000e+00 2.000e+00 ... 1.997e+03 1.998e+03 1.999e+03]");
  CHECK(Tensor::zeros({1001, 2}).str() ==
        "[[0. 0.]\n [0. 0.]\n [0. 0.]\n ...\n [0. 0.]\n [0. 0.]\n [0. 0.]]");
  CHECK(Tensor::arange(0, 3000).viewed_as({3, 1000}).str() ==
        "[[0.000e+00 1.000e+00 2.000e+00 ... 9.970e+02 9.980e+02 9.990e+02]\n"
        " [1.000e+03 1.001e+03 1.002e+03 ... 1.997e+03 1.998e+03 1.999e+03]\n"
        " [2.000e+03 2.001e+03 2.002e+03 ... 2.997e+03 2.998e+03 2.999e+03]]");
}

TEST_CASE("streams and fmt print a tensor, an undefined one too") {
  const Bound bound("cpu");
  std::ostringstream out;
  out << of({1, 2}, {2}) << " " << Tensor();
  CHECK(out.str() == "[1. 2.] undefined");
  CHECK(fmt::format("{}", of({1, 2}, {2})) == "[1. 2.]");
}
