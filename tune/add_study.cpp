// Checks, and the order in which a study is put together.
#include "tune/add_study.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/json.h"
#include "tune/json_text.h"
#include "tune/storage/rules.h"

namespace hone::tune {

void check_added(const TrialRecord& trial, std::size_t objectives) {
  const std::string what = fmt::format("add_trial: a {} trial", state_name(trial.state));
  check(trial.state != TrialState::running, "{}: cannot be added; only a finished one, or WAITING",
        what);
  std::set<std::string> names;
  for (const Parameter& parameter : trial.params) {
    check_name("the name of a parameter", parameter.name);
    check(names.insert(parameter.name).second, "{}: has parameter {} twice", what,
          printable(parameter.name));
    check_distribution(parameter.name, parameter.distribution);
    check(contains(parameter.distribution, parameter.internal),
          "{}: parameter {} is {}, which is outside of {}", what, printable(parameter.name),
          parameter.internal, to_json(parameter.distribution));
  }
  const bool numbers = std::none_of(trial.values.begin(), trial.values.end(),
                                    [](double value) { return std::isnan(value); });
  const std::size_t count = trial.values.size();
  check(trial.state != TrialState::complete || (count > 0 && numbers),
        "{}: needs a value that is not NaN", what);
  check(count == objectives || (count == 0 && trial.state != TrialState::complete),
        "{}: has {} values, the study has {} objectives", what, count, objectives);
  check(trial.values.empty() || trial.state == TrialState::complete ||
            trial.state == TrialState::pruned,
        "{}: has no value", what);
  for (const auto& [step, value] : trial.intermediate)
    check(step >= 0, "{}: a step must be >= 0, it is {}", what, step);
  for (const Attributes* attrs : {&trial.user_attrs, &trial.system_attrs})
    for (const auto& [key, json] : *attrs) {
      check_name("the key of an attribute", key);
      check_json(key, json);
    }
}

void add_study(Storage& storage, const std::string& name, const StudyInfo& info,
               std::vector<TrialRecord> trials, const std::vector<Rerun>& reruns) {
  std::stable_sort(trials.begin(), trials.end(),
                   [](const auto& a, const auto& b) { return a.number < b.number; });
  for (TrialRecord& trial : trials) {
    if (trial.state == TrialState::running) {
      trial.state = TrialState::fail;
      trial.user_attrs["fail_reason"] = json_quoted("it was running when the study was copied");
    }
    check_added(trial, info.directions.size());
  }
  const StudyKey key =
      storage
          .find_or_create_study(name, info.directions,
                                info.settings.value_or(std::map<std::string, std::string>{}))
          .first.key;
  for (const auto& [attr, json] : info.user_attrs) storage.set_study_attr(key, false, attr, json);
  for (const auto& [attr, json] : info.system_attrs) storage.set_study_attr(key, true, attr, json);
  for (const TrialRecord& trial : trials) storage.add_trial(key, trial);
  for (const Rerun& rerun : reruns) storage.add_rerun(key, rerun);
}

}  // namespace hone::tune
