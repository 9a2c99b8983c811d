// The values of a trial's parameters by name.
#include "tune/trial_record.h"

#include <type_traits>

#include "base/error.h"

namespace hone::tune {
namespace {

Value value_of(const TrialRecord& trial, const std::string& name) {
  if (const Parameter* parameter = trial.find(name)) return parameter->value();
  std::string known;
  for (const Parameter& parameter : trial.params)
    known += (known.empty() ? "" : ", ") + printable(parameter.name);
  fail(ErrorKind::usage, "trial {}: has no parameter {}; it has {}", trial.number, printable(name),
       known.empty() ? "none" : known);
}

template <class T>
T param_as(const TrialRecord& trial, const std::string& name, const char* type) {
  const Value value = value_of(trial, name);
  if (const T* found = std::get_if<T>(&value)) return *found;
  if constexpr (std::is_same_v<T, double>)
    if (const auto* integer = std::get_if<std::int64_t>(&value))
      return static_cast<double>(*integer);
  fail(ErrorKind::usage, "trial {}: parameter {} is {}, which is no {}", trial.number,
       printable(name), printable(to_text(value)), type);
}

}  // namespace

template <>
bool TrialRecord::param<bool>(const std::string& name) const {
  return param_as<bool>(*this, name, "bool");
}
template <>
std::int64_t TrialRecord::param<std::int64_t>(const std::string& name) const {
  return param_as<std::int64_t>(*this, name, "integer");
}
template <>
double TrialRecord::param<double>(const std::string& name) const {
  return param_as<double>(*this, name, "number");
}
template <>
std::string TrialRecord::param<std::string>(const std::string& name) const {
  return param_as<std::string>(*this, name, "text");
}

std::vector<std::pair<std::string, Value>> TrialRecord::param_values() const {
  std::vector<std::pair<std::string, Value>> all;
  all.reserve(params.size());
  for (const Parameter& parameter : params) all.emplace_back(parameter.name, parameter.value());
  return all;
}

}  // namespace hone::tune
