// Reads the number files of tests/goldens: NaN and infinities are the texts "nan", "inf" and "-inf"
// there.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/test_paths.h"
#include "tune/distribution.h"

namespace hone::tune::testing {

using Json = nlohmann::json;

// Kept for the rest of the program, so that loops may run over parts of it. (A name that were a
// reference would make GCC 14 warn of that.)
inline const Json& read_goldens(const char* name) {
  static std::map<std::string, Json> files;
  const auto known = files.find(name);
  if (known != files.end()) return known->second;
  std::ifstream file(hone::test::goldens_dir() + "/" + name);
  REQUIRE_MESSAGE(file.good(), "cannot open " << name << " in " << hone::test::goldens_dir());
  return files.emplace(name, Json::parse(file)).first->second;
}

inline double to_number(const Json& json) {
  if (json.is_number()) return json.get<double>();
  const std::string text = json.get<std::string>();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  REQUIRE((text == "inf" || text == "-inf"));
  return (text == "inf" ? 1 : -1) * std::numeric_limits<double>::infinity();
}

inline std::vector<double> to_numbers(const Json& json) {
  std::vector<double> numbers;
  for (const Json& item : json) numbers.push_back(to_number(item));
  return numbers;
}

inline Distribution to_distribution(const Json& json) {
  const std::string type = json.at("type");
  if (type == "categorical") {
    CategoricalDistribution result;
    for (int i = 0; i < json.at("choices").get<int>(); ++i)
      result.choices.push_back("c" + std::to_string(i));
    return result;
  }
  if (type == "int")
    return IntDistribution{json.at("low"), json.at("high"), json.at("log"), json.at("step")};
  FloatDistribution result{json.at("low"), json.at("high"), json.at("log")};
  if (!json.at("step").is_null()) result.step = json.at("step").get<double>();
  return result;
}

// |a - b| relative to the larger of 1 and |b|.
inline double distance(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  return std::abs(a - b) / std::max(1.0, std::abs(b));
}

}  // namespace hone::tune::testing
