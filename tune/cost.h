// What a trial costs, known before it runs.
#pragma once

#include <cmath>
#include <limits>

#include "base/error.h"
#include "tune/json_text.h"
#include "tune/trial_record.h"

namespace hone::tune {

// The system attribute of Trial::set_cost().
inline constexpr const char* kCost = "hone:cost";

// ln of what the trial costs; NaN where it is not known, or no positive number.
inline double log_cost(const TrialRecord& trial) {
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  const auto found = trial.system_attrs.find(kCost);
  if (found == trial.system_attrs.end()) return kUnknown;
  try {
    const Value value = value_from_json(found->second);
    const auto* whole = std::get_if<std::int64_t>(&value);
    const auto* number = std::get_if<double>(&value);
    const double cost = whole ? static_cast<double>(*whole) : number ? *number : kUnknown;
    return cost > 0 && std::isfinite(cost) ? std::log(cost) : kUnknown;
  } catch (const Error&) {
    return kUnknown;  // another program's
  }
}

}  // namespace hone::tune
