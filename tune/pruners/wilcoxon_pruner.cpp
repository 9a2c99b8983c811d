// The comparison with the best trial.
#include "tune/pruners/wilcoxon_pruner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tune/constraints.h"
#include "tune/pruners/signed_rank.h"

namespace hone::tune {
namespace {

Decision keep(const std::string& why) { return {Decision::Action::go_on, "kept: " + why}; }

// The first one of equals.
const TrialRecord* best_of(const HistoryView& history) {
  const bool minimize = history.direction() == Direction::minimize;
  const std::size_t objective = history.reported();
  const TrialRecord* best = nullptr;
  for (const TrialRecord& trial : history.finished()) {
    if (trial.state != TrialState::complete || trial.values.size() <= objective ||
        std::isnan(trial.values[objective]))
      continue;
    const double value = trial.values[objective];
    if (best != nullptr &&
        !(minimize ? value < best->values[objective] : value > best->values[objective]))
      continue;
    if (is_feasible(trial)) best = &trial;
  }
  return best;
}

bool all_finite(const TrialRecord& trial) {
  return std::all_of(trial.intermediate.begin(), trial.intermediate.end(),
                     [](const auto& report) { return std::isfinite(report.second); });
}

// Of all reports.
double mean_of(const TrialRecord& trial) {
  const auto count = static_cast<double>(trial.intermediate.size());
  double sum = 0, parts = 0;
  for (const auto& [step, value] : trial.intermediate) {
    sum += value;
    parts += value / count;
  }
  return std::isfinite(sum) ? sum / count : parts;
}

}  // namespace

OptionList WilcoxonOptions::list() {
  return {{"p_threshold", p_threshold, 0, 1, "stop when the p-value lies below it"},
          {"startup_steps", startup_steps, 0, INT_MAX, "no pruning with fewer common reports"}};
}

WilcoxonPruner::WilcoxonPruner(const WilcoxonOptions& options) : options_(options) {
  check_options("pruner wilcoxon", options_.list());
}

std::string WilcoxonPruner::options_json() const {
  WilcoxonOptions options = options_;
  return tune::options_json(options.list());
}

Decision WilcoxonPruner::decide(const HistoryView& history, const DrawKey&,
                                const TrialRecord& trial) const {
  if (trial.intermediate.empty()) return keep("no value reported yet");
  if (!all_finite(trial)) return keep("a value that it reported is not finite");
  const TrialRecord* best = best_of(history);
  if (best == nullptr) return keep("no trial to compare with is complete");
  if (best->intermediate.empty())
    return keep(fmt::format("the best trial, {}, has reported nothing", best->number));
  if (!all_finite(*best))
    return keep(
        fmt::format("a value that the best trial, {}, reported is not finite", best->number));
  std::vector<double> differences;
  for (const auto& [step, value] : trial.intermediate) {
    const auto other = best->intermediate.find(step);
    if (other != best->intermediate.end()) differences.push_back(value - other->second);
  }
  const int needed = std::max(2, options_.startup_steps);
  if (differences.size() < static_cast<std::size_t>(needed))
    return keep(fmt::format("{} steps in common with the best trial, {}; {} needed",
                            differences.size(), best->number, needed));
  const bool minimize = history.direction() == Direction::minimize;
  const double p = signed_rank_p(differences, minimize);
  const std::string facts =
      fmt::format("p = {:.3g} that it is no worse than the best trial, {}, at {} common steps", p,
                  best->number, differences.size());
  if (!(p < options_.p_threshold)) return keep(facts);
  const double mean = mean_of(trial), other = mean_of(*best);
  if (minimize ? mean <= other : mean >= other)
    return keep(fmt::format("{}, but its mean {:.4g} is as good as that one's, {:.4g}", facts, mean,
                            other));
  return {Decision::Action::prune, facts};
}

}  // namespace hone::tune
