// What is known of one trial. Plain data: storages fill it, samplers, pruners and reports read it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tune/distribution.h"

namespace hone::tune {

enum class Direction { minimize, maximize };

using Attributes = std::map<std::string, std::string>;  // key -> JSON text

// The numbers are Optuna's. COMPLETE, PRUNED and FAIL are final. WAITING: enqueued, or interrupted
// or left by a dead process and to be run again; the second kind is RUNNING in Optuna's own table.
enum class TrialState { running = 0, complete = 1, pruned = 2, fail = 3, waiting = 4 };

inline bool is_finished(TrialState state) {
  return state == TrialState::complete || state == TrialState::pruned || state == TrialState::fail;
}

struct Parameter {
  std::string name;
  Distribution distribution;
  double internal = 0;
  Value value() const { return to_external(distribution, internal); }
};

struct TrialRecord {
  std::int64_t id = 0;  // the storage's own key
  int number = 0;       // 0, 1, 2, ... within the study
  TrialState state = TrialState::running;
  // COMPLETE: one value an objective of the study (never NaN, may be infinite). PRUNED: of one
  // objective the last reported value, if any. Empty otherwise.
  std::vector<double> values;
  std::vector<Parameter> params;       // in the order of the suggest calls
  std::map<int, double> intermediate;  // step -> reported value, may be NaN or infinite
  Attributes user_attrs, system_attrs;
  // Parameters of other programs that no Distribution can represent: name -> why. They are left out
  // of `params`.
  std::map<std::string, std::string> unreadable;
  // Microseconds since 1970-01-01 UTC (tune/time_text.h); 0: not known yet.
  std::int64_t start_time = 0, end_time = 0;

  // The value of the first objective; of a study with one: the value.
  std::optional<double> value() const {
    return values.empty() ? std::nullopt : std::optional<double>(values.front());
  }
  const Parameter* find(const std::string& name) const {
    for (const Parameter& parameter : params)
      if (parameter.name == name) return &parameter;
    return nullptr;
  }
  // The value of a parameter as bool, std::int64_t, double (of an int parameter, too) or
  // std::string. Throws Error(usage) that says what there is where the trial has none of the name,
  // or one of another type.
  template <class T>
  T param(const std::string& name) const;
  // All of them: Trial::fixed() repeats the trial with these, Study::enqueue() runs it once more.
  std::vector<std::pair<std::string, Value>> param_values() const;
};

template <>
bool TrialRecord::param<bool>(const std::string& name) const;
template <>
std::int64_t TrialRecord::param<std::int64_t>(const std::string& name) const;
template <>
double TrialRecord::param<double>(const std::string& name) const;
template <>
std::string TrialRecord::param<std::string>(const std::string& name) const;

}  // namespace hone::tune
