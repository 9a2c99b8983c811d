// What is known of one trial. Plain data: storages fill it, samplers, pruners and reports read it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tune/distribution.h"

namespace hone::tune {

enum class Direction { minimize, maximize };

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
  // COMPLETE: the objective's value (never NaN, may be infinite). PRUNED: the last reported value,
  // if any.
  std::optional<double> value;
  std::vector<Parameter> params;                  // in the order of the suggest calls
  std::map<int, double> intermediate;             // step -> reported value, may be NaN or infinite
  std::map<std::string, std::string> user_attrs;  // key -> JSON text
  std::map<std::string, std::string> system_attrs;  // key -> JSON text
  std::string start_time, end_time;  // UTC, "2026-01-31 12:00:00.000000", empty when not yet known

  const Parameter* find(const std::string& name) const {
    for (const Parameter& parameter : params)
      if (parameter.name == name) return &parameter;
    return nullptr;
  }
};

}  // namespace hone::tune
