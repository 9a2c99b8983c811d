// Names, values and the registry of op cases.
#include "tests/ops/op_case.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/philox.h"

namespace hone::op_cases {
namespace {

// FNV-1a, so that every case has data of its own.
std::uint64_t hash(const std::string& text) {
  std::uint64_t value = 14695981039346656037ull;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return value;
}

double rounded(double value) { return static_cast<double>(static_cast<float>(value)); }

double draw_one(Fill fill, PhiloxStream& random, std::int64_t classes) {
  switch (fill) {
    case Fill::uniform:
      return 2 * random.uniform() - 1;
    case Fill::positive:
      return 0.5 + 1.5 * random.uniform();
    case Fill::off_zero: {
      const double size = 0.1 + 0.9 * random.uniform();
      return random.below(2) == 0 ? size : -size;
    }
    case Fill::lattice:
      return static_cast<double>(random.below(9)) / 4 - 1;
    case Fill::label:
      return static_cast<double>(random.below(static_cast<std::uint64_t>(classes)));
    case Fill::counter:
      return 3;
    case Fill::mask:
      return static_cast<double>(random.below(2));
    case Fill::distinct:
      break;  // needs all elements at once
  }
  fail(ErrorKind::internal, "op cases: fill {} has no rule", static_cast<int>(fill));
}

std::vector<double> draw_distinct(std::size_t count, PhiloxStream& random) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = rounded((2 * static_cast<double>(i) + 1) / static_cast<double>(count) - 1);
  for (std::size_t i = count; i > 1; --i) std::swap(values[i - 1], values[random.below(i)]);
  return values;
}

}  // namespace

std::string OpCase::name() const {
  std::string text = op;
  for (const auto& [key, value] : vars) text += fmt::format(" {}={}", key, value);
  return text;
}

double OpCase::tolerance(double sum_terms, double largest) const {
  const double epsilon = std::numeric_limits<float>::epsilon();
  return epsilon * (8 + 2 * std::sqrt(sum_terms)) * largest;
}

bool OpCase::on_lattice() const {
  return std::any_of(inputs.begin(), inputs.end(),
                     [](const OpInput& input) { return input.fill == Fill::lattice; });
}

bool OpCase::differentiable() const {
  return std::any_of(inputs.begin(), inputs.end(),
                     [](const OpInput& input) { return input.floating() && input.gradient; });
}

double OpCase::gradient_check_work() const {
  double moved = 0, touched = 0;
  for (const OpInput& input : inputs) {
    touched += static_cast<double>(input.shape.count());
    if (input.floating() && input.gradient) moved += static_cast<double>(input.shape.count());
  }
  return moved * std::max(flops, touched);
}

std::vector<double> draw(Fill fill, const Shape& shape, std::int64_t classes, std::uint64_t key) {
  PhiloxStream random(key);
  const auto count = static_cast<std::size_t>(shape.count());
  if (fill == Fill::distinct) return draw_distinct(count, random);
  std::vector<double> values(count);
  for (double& value : values) value = rounded(draw_one(fill, random, classes));
  return values;
}

Tensor upload(const std::vector<double>& values, const Shape& shape, DType dtype) {
  switch (dtype) {
    case DType::f64:
      return Tensor::from(values, shape);
    case DType::f32:
      return Tensor::from(std::vector<float>(values.begin(), values.end()), shape);
    case DType::i32:
      return Tensor::from(std::vector<std::int32_t>(values.begin(), values.end()), shape);
    case DType::u8:
      return Tensor::from(std::vector<std::uint8_t>(values.begin(), values.end()), shape);
  }
  fail(ErrorKind::internal, "op cases: dtype {} is not known", static_cast<int>(dtype));
}

Inputs OpCase::build(std::uint64_t seed, DType dtype) const {
  const std::uint64_t key = mix(seed, hash(name()));
  Inputs tensors;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const OpInput& input = inputs[i];
    const auto values = draw(input.fill, input.shape, input.classes, mix(key, i));
    const DType integers = input.fill == Fill::mask ? DType::u8 : DType::i32;
    tensors.push_back(upload(values, input.shape, input.floating() ? dtype : integers));
    if (input.floating() && input.gradient) tensors.back().set_requires_grad();
  }
  return tensors;
}

namespace {

using AddCases = void (*)(std::vector<OpCase>& table);

// By name, so that the order of the table does not depend on the linker.
std::map<std::string, AddCases>& files() {
  static std::map<std::string, AddCases> all;
  return all;
}

}  // namespace

CaseFile::CaseFile(const char* name, AddCases add) { files()[name] = add; }

const std::vector<OpCase>& all_cases() {
  static const std::vector<OpCase> table = [] {
    std::vector<OpCase> cases;
    for (const auto& [name, add] : files()) {
      const std::size_t first = cases.size();
      add(cases);
      for (std::size_t i = first; i < cases.size(); ++i) cases[i].file = name;
    }
    return cases;
  }();
  return table;
}

std::vector<OpCase> cases_of_file(const std::string& name) {
  std::vector<OpCase> found;
  for (const OpCase& each : all_cases())
    if (each.file == name) found.push_back(each);
  return found;
}

std::vector<OpCase> cases_of(const std::string& op) {
  std::vector<OpCase> found;
  for (const OpCase& each : all_cases())
    if (each.op == op) found.push_back(each);
  return found;
}

std::vector<std::string> op_names() {
  std::vector<std::string> names;
  for (const OpCase& each : all_cases())
    if (std::find(names.begin(), names.end(), each.op) == names.end()) names.push_back(each.op);
  return names;
}

}  // namespace hone::op_cases
