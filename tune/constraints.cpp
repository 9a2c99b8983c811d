// Constraints as Optuna stores them.
#include "tune/constraints.h"

#include <cmath>
#include <limits>

#include "base/json.h"

namespace hone::tune {
namespace {

const std::string kList = "constraints", kPrefix = "constraints:";

double excess(double value) {
  if (std::isnan(value)) return std::numeric_limits<double>::infinity();
  return value > 0 ? value : 0;
}

// Other programs may have written something else: that counts as broken.
double number_of(const std::string& json) {
  try {
    const JsonDocument document(json, "a constraint", ErrorKind::storage);
    return document.root().get<double>();
  } catch (const Error&) {
    return std::numeric_limits<double>::quiet_NaN();
  }
}

}  // namespace

double violation(const TrialRecord& trial) {
  const Attributes& attrs = trial.system_attrs;
  auto at = attrs.lower_bound(kPrefix);
  double sum = 0;
  bool named = false;
  for (; at != attrs.end() && at->first.starts_with(kPrefix); ++at) {
    sum += excess(number_of(at->second));
    named = true;
  }
  const auto list = named ? attrs.end() : attrs.find(kList);
  if (list == attrs.end() || list->second == "null") return sum;
  try {
    const JsonDocument document(list->second, kList, ErrorKind::storage);
    for (const JsonNode& item : document.root().items()) sum += excess(item.get<double>());
  } catch (const Error&) {
    return std::numeric_limits<double>::infinity();
  }
  return sum;
}

Attributes constraint_attributes(const Attributes& before, const std::string& name, double value) {
  Attributes all = before;
  const std::string own = to_json(Value(value));
  all[kPrefix + name] = own;
  std::string list;
  for (auto at = all.lower_bound(kPrefix); at != all.end() && at->first.starts_with(kPrefix); ++at)
    list += (list.empty() ? "" : ", ") + at->second;
  return {{kPrefix + name, own}, {kList, "[" + list + "]"}};
}

}  // namespace hone::tune
