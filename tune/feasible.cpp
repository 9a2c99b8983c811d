// Reading constraints.
#include "tune/feasible.h"

#include "base/json.h"

namespace hone::tune {
namespace {

bool kept(const Json& json) {
  const std::optional<double> value = json.number();
  return value && *value <= 0;
}

}  // namespace

bool is_feasible(const TrialRecord& trial) {
  for (auto at = trial.system_attrs.lower_bound("constraints");
       at != trial.system_attrs.end() && at->first.starts_with("constraints"); ++at) {
    const bool list = at->first == "constraints";
    if (!list && !at->first.starts_with("constraints:")) continue;
    try {
      const JsonDocument document(at->second, "constraint", ErrorKind::storage);
      if (const auto* values = list ? document.json().get_if<Json::Array>() : nullptr) {
        for (const Json& value : *values)
          if (!kept(value)) return false;
      } else if (!(list && document.json().is_null()) && !kept(document.json())) {
        return false;
      }
    } catch (const Error&) {
      return false;
    }
  }
  return true;
}

}  // namespace hone::tune
