// What a parameter may be: a float range, an integer range or a list of choices.
//
// Inside the tuner every parameter value is one double, its *internal* value: a float is itself, an
// integer is converted, a choice is its index. This is also what Optuna's schema stores.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hone::tune {

// Uniform on [low, high]; on the logarithm of it when `log`; on low, low + step, ... when `step` is
// given. `log` and `step` exclude each other, log needs low > 0.
struct FloatDistribution {
  double low = 0;
  double high = 1;
  bool log = false;
  std::optional<double> step = std::nullopt;
  bool operator==(const FloatDistribution&) const = default;
};

// Integers low, low + step, ... <= high. log needs low >= 1 and step 1.
struct IntDistribution {
  std::int64_t low = 0;
  std::int64_t high = 1;
  bool log = false;
  std::int64_t step = 1;
  bool operator==(const IntDistribution&) const = default;
};

// One choice, and the external value of any parameter: null, bool, integer, float or text.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

struct CategoricalDistribution {
  std::vector<Value> choices;
  bool operator==(const CategoricalDistribution&) const = default;
};

using Distribution = std::variant<FloatDistribution, IntDistribution, CategoricalDistribution>;

// Throws Error(usage) that names the parameter when the range is empty, not finite, or breaks a
// rule above.
void check_distribution(const std::string& name, const Distribution& distribution);
// The same class, the same log flag and, for choices, the same list: what one name may not change
// in a study.
bool compatible(const Distribution& a, const Distribution& b);
// The distribution with `high` lowered to the last value of the grid low, low + step, ... (in
// decimal arithmetic, so that 0 .. 0.35 in steps of 0.1 ends at 0.3); without a step unchanged.
Distribution on_grid(const Distribution& distribution);
// Only one value is possible.
bool is_single(const Distribution& distribution);
// `internal` lies in the distribution (on its grid within rounding).
bool contains(const Distribution& distribution, double internal);
// Conversions between the internal double and the external value. to_internal throws Error(usage)
// when the value is not one of the distribution's kind.
Value to_external(const Distribution& distribution, double internal);
double to_internal(const Distribution& distribution, const Value& value);
// {"name": "FloatDistribution", "attributes": {...}} with Optuna's keys and order, and back (all
// five legacy names are read too). from_json throws Error(storage) on anything else.
std::string to_json(const Distribution& distribution);
Distribution distribution_from_json(const std::string& text);
// JSON text of a value; doubles so that they read back exactly, NaN and infinities as Python writes
// them.
std::string to_json(const Value& value);
// The value in JSON text; lists and objects, which no value can be, throw Error(storage).
Value value_from_json(const std::string& text);
// For people: 0.00123, 3, adam.
std::string to_text(const Value& value);

}  // namespace hone::tune
