// Goldens as tensors, and tensors against goldens (tests/goldens).
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kernels/device.h"
#include "tensor/tensor.h"
#include "tests/test_paths.h"

namespace hone::test {

inline nlohmann::json read_goldens(const std::string& file) {
  std::ifstream stream(goldens_dir() + "/" + file);
  REQUIRE(stream.good());
  return nlohmann::json::parse(stream);
}

inline Shape shape_of(const nlohmann::json& extents) {
  const auto values = extents.get<std::vector<std::int64_t>>();
  return Shape(std::span<const std::int64_t>(values));
}

inline Tensor tensor(const nlohmann::json& values, const Shape& shape, DType dtype,
                     bool gradient = false) {
  const auto list = values.get<std::vector<double>>();
  Tensor made = dtype == DType::f64
                    ? Tensor::from(list, shape)
                    : Tensor::from(std::vector<float>(list.begin(), list.end()), shape);
  if (gradient) made.set_requires_grad();
  return made;
}

// Every element within `allowed` times the largest number of the golden, at least 1.
inline void check_close(const std::string& what, const Tensor& got, const nlohmann::json& expected,
                        double allowed) {
  const std::vector<double> values = got.to_vector<double>();
  const auto wanted = expected.is_array() ? expected.get<std::vector<double>>()
                                          : std::vector<double>{expected.get<double>()};
  REQUIRE(values.size() == wanted.size());
  double largest = 1, worst = 0;
  for (const double value : wanted) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double error = std::abs(values[i] - wanted[i]);
    worst = std::isnan(error) ? error : std::max(worst, error);
  }
  CHECK_MESSAGE(worst <= allowed * largest, what << " on " << got.device().name() << ": " << worst);
}

// One device and type to compare on, with the largest error allowed.
struct Setting {
  std::string device;
  DType dtype;
  double tolerance;
};

inline std::vector<Setting> settings(double f32_tolerance = 3e-6) {
  std::vector<Setting> all = {{"ref", DType::f64, 1e-11}};
  for (const std::string& name : device_names()) all.push_back({name, DType::f32, f32_tolerance});
  return all;
}

}  // namespace hone::test
