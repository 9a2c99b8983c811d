// Rules, conversions and JSON of distributions.
#include "tune/distribution.h"

#include <cmath>
#include <set>

#include "base/json.h"
#include "base/numbers.h"
#include "tune/json_text.h"

namespace hone::tune {
namespace {

// Integers beyond this are not exact as doubles.
constexpr std::int64_t kMaxInt = std::int64_t{1} << 53;

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

void check_float(const std::string& name, const FloatDistribution& d) {
  check(std::isfinite(d.low) && std::isfinite(d.high),
        "parameter {}: the range {} .. {} is not finite", name, d.low, d.high);
  check(d.low <= d.high, "parameter {}: low {} is above high {}", name, d.low, d.high);
  check(!(d.log && d.step), "parameter {}: log and step exclude each other", name);
  check(!d.log || d.low > 0, "parameter {}: log needs low > 0, low is {}", name, d.low);
  if (!d.step) return;
  check(std::isfinite(*d.step) && *d.step > 0, "parameter {}: step must be > 0, it is {}", name,
        *d.step);
  check((d.high - d.low) / *d.step <= static_cast<double>(kMaxInt),
        "parameter {}: {} .. {} has more than 2^53 steps of {}", name, d.low, d.high, *d.step);
}

void check_int(const std::string& name, const IntDistribution& d) {
  check(d.low <= d.high, "parameter {}: low {} is above high {}", name, d.low, d.high);
  check(d.low >= -kMaxInt && d.high <= kMaxInt, "parameter {}: the range {} .. {} goes beyond 2^53",
        name, d.low, d.high);
  check(d.step >= 1, "parameter {}: step must be >= 1, it is {}", name, d.step);
  check(!d.log || d.low >= 1, "parameter {}: log needs low >= 1, low is {}", name, d.low);
  check(!d.log || d.step == 1, "parameter {}: log needs step 1, step is {}", name, d.step);
}

void check_choices(const std::string& name, const CategoricalDistribution& d) {
  check(!d.choices.empty(), "parameter {}: the list of choices is empty", name);
  std::set<Value> seen;  // NaN, which has no order, is refused before it comes here
  for (std::size_t i = 0; i < d.choices.size(); ++i) {
    const double* number = std::get_if<double>(&d.choices[i]);
    const std::string* text = std::get_if<std::string>(&d.choices[i]);
    check(text == nullptr || text->empty() || utf8_length(*text) > 0,
          "parameter {}: the choice {} is not UTF-8 without NUL", name, i);
    check(number == nullptr || !std::isnan(*number), "parameter {}: NaN cannot be a choice", name);
    check(seen.insert(d.choices[i]).second, "parameter {}: the choice {} is there twice", name,
          printable(to_text(d.choices[i])));
  }
}

// 1 and 1.0 are the same choice, as in Python.
bool equal_numbers(const Value& a, const Value& b) {
  const auto as_double = [](const Value& value) -> std::optional<double> {
    if (const auto* integer = std::get_if<std::int64_t>(&value))
      return static_cast<double>(*integer);
    if (const auto* number = std::get_if<double>(&value)) return *number;
    return std::nullopt;
  };
  return as_double(a).has_value() && as_double(a) == as_double(b);
}

std::int64_t int_of(const JsonNode& node) {
  const double number = node.get<double>();
  if (!(std::abs(number) <= static_cast<double>(kMaxInt)) || number != std::floor(number))
    node.fail(fmt::format("is {}, an integer up to 2^53 is wanted", number));
  return static_cast<std::int64_t>(number);
}

Distribution read_distribution(const std::string& name, const JsonNode& a) {
  const auto number = [&](const char* key) { return a.at(key).get<double>(); };
  const auto logarithmic = [&] {
    const auto log = a.find("log");
    return log && log->get<bool>();
  };
  if (name == "FloatDistribution") {
    FloatDistribution d{.low = number("low"), .high = number("high"), .log = logarithmic()};
    if (const auto step = a.find("step")) d.step = step->get_optional<double>();
    return d;
  }
  if (name == "UniformDistribution")
    return FloatDistribution{.low = number("low"), .high = number("high")};
  if (name == "LogUniformDistribution")
    return FloatDistribution{.low = number("low"), .high = number("high"), .log = true};
  if (name == "DiscreteUniformDistribution")
    return FloatDistribution{.low = number("low"), .high = number("high"), .step = number("q")};
  const bool plain = name == "IntDistribution", log_uniform = name == "IntLogUniformDistribution";
  if (plain || log_uniform || name == "IntUniformDistribution") {
    const auto step = a.find("step");
    return IntDistribution{.low = int_of(a.at("low")),
                           .high = int_of(a.at("high")),
                           .log = log_uniform || (plain && logarithmic()),
                           .step = !log_uniform && step ? int_of(*step) : 1};
  }
  if (name == "CategoricalDistribution") {
    CategoricalDistribution d;
    for (const JsonNode& choice : a.at("choices").items()) d.choices.push_back(value_of(choice));
    return d;
  }
  fail(ErrorKind::storage, "distribution: the name {} is unknown", printable(name));
}

// high - low; an int64 cannot hold that of the widest ranges.
std::uint64_t width_of(const IntDistribution& d) {
  return static_cast<std::uint64_t>(d.high) - static_cast<std::uint64_t>(d.low);
}

}  // namespace

void check_distribution(const std::string& name, const Distribution& distribution) {
  check_name("the name of a parameter", name);
  const std::string shown = printable(name);
  std::visit(Overloaded{[&](const FloatDistribution& d) { check_float(shown, d); },
                        [&](const IntDistribution& d) { check_int(shown, d); },
                        [&](const CategoricalDistribution& d) { check_choices(shown, d); }},
             distribution);
}

bool compatible(const Distribution& a, const Distribution& b) {
  if (a.index() != b.index()) return false;
  if (const auto* x = std::get_if<FloatDistribution>(&a))
    return x->log == std::get<FloatDistribution>(b).log;
  if (const auto* x = std::get_if<IntDistribution>(&a))
    return x->log == std::get<IntDistribution>(b).log;
  return a == b;
}

Distribution on_grid(const Distribution& distribution) {
  if (const auto* d = std::get_if<IntDistribution>(&distribution)) {
    IntDistribution out = *d;
    out.high -= static_cast<std::int64_t>(width_of(*d) % static_cast<std::uint64_t>(d->step));
    return out;
  }
  const auto* d = std::get_if<FloatDistribution>(&distribution);
  if (d == nullptr || !d->step) return distribution;
  FloatDistribution out = *d;
  const double steps = (d->high - d->low) / *d->step;
  if (std::abs(steps - std::round(steps)) < 1e-8) return out;
  // 15 digits drop the rounding error of the product: 3 * 0.1 becomes 0.3.
  out.high = *parse_double(fmt::format("{:.15g}", d->low + std::floor(steps) * *d->step));
  return out;
}

bool is_single(const Distribution& distribution) {
  return std::visit(
      Overloaded{
          [](const FloatDistribution& d) {
            return d.low == d.high || (d.step && d.high - d.low < *d.step * (1 - 1e-8));
          },
          [](const IntDistribution& d) { return width_of(d) < static_cast<std::uint64_t>(d.step); },
          [](const CategoricalDistribution& d) { return d.choices.size() == 1; }},
      distribution);
}

bool contains(const Distribution& distribution, double internal) {
  return std::visit(
      Overloaded{[&](const FloatDistribution& d) {
                   if (!(internal >= d.low && internal <= d.high)) return false;
                   const double steps = d.step ? (internal - d.low) / *d.step : 0;
                   // Rounding of low + k * step grows with k.
                   return std::abs(steps - std::round(steps)) < 1e-8 + 1e-14 * std::abs(steps);
                 },
                 [&](const IntDistribution& d) {
                   if (!(internal >= static_cast<double>(d.low) &&
                         internal <= static_cast<double>(d.high)))
                     return false;
                   // 2^63, the double that the largest integers round to, is not an integer of 64
                   // bits.
                   if (internal >= 0x1p63) return false;
                   const auto number = static_cast<std::int64_t>(internal);
                   // Unsigned: the distance of two 64-bit integers may not fit a signed one.
                   const auto distance =
                       static_cast<std::uint64_t>(number) - static_cast<std::uint64_t>(d.low);
                   return static_cast<double>(number) == internal &&
                          distance % static_cast<std::uint64_t>(d.step) == 0;
                 },
                 [&](const CategoricalDistribution& d) {
                   return internal >= 0 && internal < static_cast<double>(d.choices.size()) &&
                          internal == std::floor(internal);
                 }},
      distribution);
}

Value to_external(const Distribution& distribution, double internal) {
  if (std::holds_alternative<FloatDistribution>(distribution)) return internal;
  if (std::holds_alternative<IntDistribution>(distribution)) {
    if (!(std::abs(internal) <= static_cast<double>(kMaxInt)))
      fail(ErrorKind::storage, "an integer parameter holds {}", internal);
    return static_cast<std::int64_t>(std::llround(internal));
  }
  const auto& choices = std::get<CategoricalDistribution>(distribution).choices;
  if (!contains(distribution, internal))
    fail(ErrorKind::storage, "the index {} is not one of the {} choices", internal, choices.size());
  return choices[static_cast<std::size_t>(internal)];
}

double to_internal(const Distribution& distribution, const Value& value) {
  const auto* integer = std::get_if<std::int64_t>(&value);
  const auto* number = std::get_if<double>(&value);
  if (const auto* d = std::get_if<CategoricalDistribution>(&distribution)) {
    for (std::size_t i = 0; i < d->choices.size(); ++i)
      if (d->choices[i] == value) return static_cast<double>(i);
    for (std::size_t i = 0; i < d->choices.size(); ++i)
      if (equal_numbers(d->choices[i], value)) return static_cast<double>(i);
    fail(ErrorKind::usage, "{} is not one of the choices", printable(to_text(value)));
  }
  if (integer != nullptr && *integer >= -kMaxInt && *integer <= kMaxInt)
    return static_cast<double>(*integer);
  const bool whole = number != nullptr && *number == std::floor(*number) &&
                     std::abs(*number) <= static_cast<double>(kMaxInt);
  const bool is_float = std::holds_alternative<FloatDistribution>(distribution);
  if (number != nullptr && (is_float ? std::isfinite(*number) : whole)) return *number;
  fail(ErrorKind::usage, "{} is not {}", printable(to_text(value)),
       is_float ? "a finite number" : "an integer up to 2^53");
}

std::string to_json(const Distribution& distribution) {
  return std::visit(
      Overloaded{
          [](const FloatDistribution& d) {
            return fmt::format(
                R"({{"name": "FloatDistribution", "attributes": {{"step": {}, "low": {}, "high": {}, "log": {}}}}})",
                d.step ? json_number(*d.step) : "null", json_number(d.low), json_number(d.high),
                d.log);
          },
          [](const IntDistribution& d) {
            return fmt::format(
                R"({{"name": "IntDistribution", "attributes": {{"log": {}, "step": {}, "low": {}, "high": {}}}}})",
                d.log, d.step, d.low, d.high);
          },
          [](const CategoricalDistribution& d) {
            std::string list;
            for (const Value& choice : d.choices)
              list += (list.empty() ? "" : ", ") + to_json(choice);
            return fmt::format(
                R"({{"name": "CategoricalDistribution", "attributes": {{"choices": [{}]}}}})",
                list);
          }},
      distribution);
}

Distribution distribution_from_json(const std::string& text) {
  const JsonDocument document(text, "distribution", ErrorKind::storage);
  const JsonNode root = document.root();
  const Distribution distribution =
      read_distribution(root.at("name").get<std::string>(), root.at("attributes"));
  const auto* categorical = std::get_if<CategoricalDistribution>(&distribution);
  if (categorical != nullptr && categorical->choices.empty())
    root.at("attributes").at("choices").fail("is empty");
  if (categorical == nullptr) {
    try {
      check_distribution("stored", distribution);
    } catch (const Error& error) {
      root.at("attributes").fail(error.what());
    }
  }
  return distribution;
}

std::string to_json(const Value& value) { return write_json(json_of(value)); }

Value value_from_json(const std::string& text) {
  const JsonDocument document(text, "value", ErrorKind::storage);
  return value_of(document.root());
}

std::string to_text(const Value& value) {
  return std::visit(Overloaded{[](std::monostate) { return std::string("none"); },
                               [](bool v) { return std::string(v ? "true" : "false"); },
                               [](std::int64_t v) { return fmt::format("{}", v); },
                               [](double v) { return fmt::format("{:.6g}", v); },
                               [](const std::string& v) { return v; }},
                    value);
}

}  // namespace hone::tune
