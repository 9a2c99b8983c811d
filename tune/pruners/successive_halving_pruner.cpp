// The rungs of successive halving.
#include "tune/pruners/successive_halving_pruner.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "tune/trial_change.h"

namespace hone::tune {
namespace {

Decision keep(const std::string& why) { return {Decision::Action::go_on, "kept: " + why}; }

std::string rung_key(int rung) { return fmt::format("{}{}", kPrunerNote, rung); }

// Nothing for what is no number: another program may have written it.
std::optional<double> rung_value(const std::string& json) {
  try {
    return JsonDocument(json, "completed_rung", ErrorKind::storage).json().number();
  } catch (const Error&) {
    return std::nullopt;
  }
}

void add_rungs(const TrialRecord& trial, std::map<int, std::vector<double>>& rungs) {
  for (auto at = trial.system_attrs.lower_bound(std::string(kPrunerNote));
       at != trial.system_attrs.end() && at->first.starts_with(kPrunerNote); ++at) {
    int rung = -1;
    const char *begin = at->first.data() + kPrunerNote.size(),
               *end = at->first.data() + at->first.size();
    const auto [rest, error] = std::from_chars(begin, end, rung);
    if (error != std::errc() || rest != end) continue;
    const std::optional<double> value = rung_value(at->second);
    if (value && !std::isnan(*value)) rungs[rung].push_back(*value);
  }
}

std::map<int, std::vector<double>> rungs_of(const HistoryView& view) {
  std::map<int, std::vector<double>> rungs;
  for (const TrialRecord& trial : view.finished()) add_rungs(trial, rungs);
  for (const TrialPtr& trial : view.pending()) add_rungs(*trial, rungs);
  for (auto& [rung, values] : rungs) std::sort(values.begin(), values.end());
  return rungs;
}

// 0: no trial is COMPLETE with a report.
int automatic_resource(const HistoryView& view) {
  int longest = -1;
  for (const TrialRecord& trial : view.finished())
    if (trial.state == TrialState::complete && !trial.intermediate.empty())
      longest = std::max(longest, trial.intermediate.rbegin()->first);
  return longest < 0 ? 0 : std::max(longest / 100, 1);
}

}  // namespace

OptionList SuccessiveHalvingOptions::list() {
  return {
      {"min_resource", min_resource, 0, INT_MAX,
       "the step of the first rung; 0: a hundredth of the longest complete trial"},
      {"reduction_factor", reduction_factor, 2, INT_MAX, "at a rung one trial in so many goes on"},
      {"min_early_stopping_rate", min_early_stopping_rate, 0, 1000,
       "the first rung is later by this power of the factor"},
      {"bootstrap_count", bootstrap_count, 0, INT_MAX,
       "a trial is stopped at a rung that not more than so many have reached"}};
}

SuccessiveHalvingPruner::SuccessiveHalvingPruner(const SuccessiveHalvingOptions& options)
    : options_(options) {
  check_options("pruner successive-halving", options_.list());
  check(options.bootstrap_count == 0 || options.min_resource > 0,
        "pruner successive-halving: bootstrap_count needs a min_resource, it is 0 (automatic)");
}

std::string SuccessiveHalvingPruner::options_json() const {
  SuccessiveHalvingOptions options = options_;
  return tune::options_json(options.list());
}

Decision SuccessiveHalvingPruner::decide(const HistoryView& history, const DrawKey&,
                                         const TrialRecord& trial) const {
  if (trial.intermediate.empty()) return keep("no value reported yet");
  const auto& [step, value] = *trial.intermediate.rbegin();
  const int resource =
      options_.min_resource > 0 ? options_.min_resource : automatic_resource(history);
  if (resource == 0) return keep("no trial is complete, so the first rung is not known yet");
  int rung = 0;
  while (trial.system_attrs.contains(rung_key(rung))) ++rung;
  const auto rungs = rungs_.get(history, rungs_of);
  Attributes attrs;
  std::string passed;
  for (;; ++rung) {
    const double due =
        resource * std::pow(options_.reduction_factor, options_.min_early_stopping_rate + rung);
    if (step < due) {
      Decision decision = keep(
          passed.empty() ? fmt::format("step {} is before rung {} at step {:.0f}", step, rung, due)
                         : passed);
      decision.attrs = std::move(attrs);
      return decision;
    }
    if (std::isnan(value))
      return {Decision::Action::prune, fmt::format("the value at rung {} is NaN", rung),
              std::move(attrs)};
    attrs[rung_key(rung)] = json_number(value);
    Decision decision = at_rung(*rungs, rung, value, history.direction() == Direction::minimize);
    if (decision.prune()) {
      decision.attrs = std::move(attrs);
      return decision;
    }
    passed = decision.reason.substr(std::string_view("kept: ").size());
  }
}

Decision SuccessiveHalvingPruner::at_rung(const Rungs& rungs, int rung, double value,
                                          bool minimize) const {
  const auto found = rungs.find(rung);
  const std::vector<double> none;
  const std::vector<double>& others = found == rungs.end() ? none : found->second;
  const std::size_t count = others.size() + 1;
  if (count <= static_cast<std::size_t>(options_.bootstrap_count))
    return {Decision::Action::prune, fmt::format("{} trials have reached rung {}, more than {} are "
                                                 "needed before one may go on",
                                                 count, rung, options_.bootstrap_count)};
  // How many of the others are better; ties are not.
  const auto better = static_cast<std::size_t>(
      minimize ? std::lower_bound(others.begin(), others.end(), value) - others.begin()
               : others.end() - std::upper_bound(others.begin(), others.end(), value));
  const std::size_t places =
      std::max<std::size_t>(1, count / static_cast<std::size_t>(options_.reduction_factor));
  const std::string facts = fmt::format("{:.4g} is place {} of {} at rung {}, {} of them go on",
                                        value, better + 1, count, rung, places);
  return better < places ? keep(facts) : Decision{Decision::Action::prune, facts};
}

}  // namespace hone::tune
