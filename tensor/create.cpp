// Tensors of sequences and of random numbers; rows; comparison with a tolerance.
#include <cmath>
#include <limits>

#include "base/error.h"
#include "tensor/ops.h"
#include "tensor/tape.h"

namespace hone {
namespace {

Tensor of_doubles(const std::vector<double>& values, DType dtype) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  switch (dtype) {
    case DType::u8:
      return Tensor::from(std::vector<std::uint8_t>(values.begin(), values.end()), shape);
    case DType::i32:
      return Tensor::from(std::vector<std::int32_t>(values.begin(), values.end()), shape);
    case DType::f32:
      return Tensor::from(std::vector<float>(values.begin(), values.end()), shape);
    case DType::f64:
      break;
  }
  return Tensor::from(values, shape);
}

bool fits(double value, DType dtype) {
  const auto in = [&]<class T>(T) {
    return value >= static_cast<double>(std::numeric_limits<T>::lowest()) &&
           value <= static_cast<double>(std::numeric_limits<T>::max());
  };
  return dtype == DType::f32 || dtype == DType::f64 ||
         (dtype == DType::u8 ? in(std::uint8_t{}) : in(std::int32_t{}));
}

Tensor drawn(const char* name, const Shape& shape, DType dtype, const RandomParams& params) {
  check(dtype == DType::f32 || dtype == DType::f64, "{}: {} is no type of real numbers", name,
        name_of(dtype));
  const Tensor y = Tensor::empty(shape, dtype);
  current_backend().run(verb::Random{.y = y.view(), .params = params});
  return y;
}

}  // namespace

Tensor Tensor::arange(double first, double last, double step, DType dtype) {
  const double count = std::ceil((last - first) / step);
  check(std::isfinite(count) && step != 0 && count < 1e9,
        "arange: {} to {} in steps of {}; give finite numbers and a step that is not 0", first,
        last, step);
  std::vector<double> values(static_cast<std::size_t>(count > 0 ? count : 0));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = first + static_cast<double>(i) * step;
  for (const double value : values)
    check(fits(value, dtype), "arange: {} does not fit into {}", value, name_of(dtype));
  return of_doubles(values, dtype);
}

Tensor Tensor::linspace(double first, double last, std::int64_t count, DType dtype) {
  check(count >= 0 && std::isfinite(first) && std::isfinite(last),
        "linspace: {} numbers from {} to {}; give finite ends and a count of 0 or more", count,
        first, last);
  check(dtype == DType::f32 || dtype == DType::f64, "linspace: {} is no type of real numbers",
        name_of(dtype));
  std::vector<double> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = first + (last - first) * static_cast<double>(i) / static_cast<double>(count - 1);
  if (count == 1) values[0] = first;
  if (count > 1) values.back() = last;
  return of_doubles(values, dtype);
}

Tensor Tensor::rand(const Shape& shape, std::uint64_t seed, DType dtype) {
  return drawn("rand", shape, dtype, {.seed = seed});
}

Tensor Tensor::randn(const Shape& shape, std::uint64_t seed, DType dtype) {
  return drawn("randn", shape, dtype,
               {.distribution = Distribution::normal, .a = 0, .b = 1, .seed = seed});
}

Tensor Tensor::operator[](std::int64_t i) const {
  check(shape().rank() >= 1, "[]: a scalar has no rows");
  const std::int64_t rows = shape()[0], at = i < 0 ? i + rows : i;
  check(at >= 0 && at < rows, "[]: row {} of a tensor of shape {}", i, shape().str());
  const Shape row = shape().without(0);
  return ops::reshape(ops::slice(*this, at, at + 1), {row.begin(), row.end()});
}

bool allclose(const Tensor& a, const Tensor& b, const AllcloseOptions& options) {
  check(a.defined() && b.defined(), "allclose: a tensor is undefined");
  if (a.shape() != b.shape() || a.models() != b.models()) return false;
  const std::vector<double> of_a = a.to_vector<double>(), of_b = b.to_vector<double>();
  for (std::size_t i = 0; i < of_a.size(); ++i) {
    const double x = of_a[i], y = of_b[i];
    if (x == y) continue;  // also infinities
    if (options.equal_nan && std::isnan(x) && std::isnan(y)) continue;
    const bool finite = std::isfinite(x) && std::isfinite(y);
    if (!finite || !(std::abs(x - y) <= options.absolute + options.relative * std::abs(y)))
      return false;
  }
  return true;
}

}  // namespace hone
