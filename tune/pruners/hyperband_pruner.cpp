// The brackets of Hyperband.
#include "tune/pruners/hyperband_pruner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string_view>

#include "base/error.h"

namespace hone::tune {
namespace {

// CRC-32 of zlib and Python's binascii (polynomial 0xEDB88320, ISO 3309). `state` is what the bytes
// before gave; 0 at the beginning.
std::uint32_t crc32(std::uint32_t state, std::string_view bytes) {
  state = ~state;
  for (const char byte : bytes) {
    state ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) state = state >> 1 ^ (0xEDB88320u & (0u - (state & 1u)));
  }
  return ~state;
}

int bracket_at(const std::vector<int>& budgets, std::uint32_t crc) {
  const auto total = std::accumulate(budgets.begin(), budgets.end(), std::int64_t{0});
  std::int64_t place = crc % total;
  int bracket = 0;
  while ((place -= budgets[static_cast<std::size_t>(bracket)]) >= 0) ++bracket;
  return bracket;
}

// 0: no trial is COMPLETE with a report.
int automatic_resource(const HistoryView& view) {
  std::int64_t longest = -1;
  for (const TrialRecord& trial : view.finished())
    if (trial.state == TrialState::complete && !trial.intermediate.empty())
      longest = std::max<std::int64_t>(longest, trial.intermediate.rbegin()->first);
  return static_cast<int>(std::min<std::int64_t>(longest + 1, INT_MAX));
}

}  // namespace

OptionList HyperbandOptions::list() {
  return {
      {"min_resource", min_resource, 1, INT_MAX, "the step of the first rung"},
      {"max_resource", max_resource, 0, INT_MAX,
       "the steps of a whole trial; 0: those of the longest complete one"},
      {"reduction_factor", reduction_factor, 2, INT_MAX, "at a rung one trial in so many goes on"},
      {"bootstrap_count", bootstrap_count, 0, INT_MAX,
       "a trial is stopped at a rung that not more than so many have reached"}};
}

HyperbandPruner::HyperbandPruner(const HyperbandOptions& options) : options_(options) {
  check_options("pruner hyperband", options_.list());
  check(options.max_resource == 0 || options.max_resource >= options.min_resource,
        "pruner hyperband: max_resource is {}, below min_resource {}", options.max_resource,
        options.min_resource);
  check(options.bootstrap_count == 0 || options.max_resource > 0,
        "pruner hyperband: bootstrap_count needs a max_resource, it is 0 (automatic)");
  const std::size_t most =
      budgets(options.min_resource, options.max_resource > 0 ? options.max_resource : INT_MAX,
              options.reduction_factor)
          .size();
  for (std::size_t bracket = 0; bracket < most; ++bracket)
    halvings_.push_back(std::make_unique<SuccessiveHalvingPruner>(
        SuccessiveHalvingOptions{.min_resource = options.min_resource,
                                 .reduction_factor = options.reduction_factor,
                                 .min_early_stopping_rate = static_cast<int>(bracket),
                                 .bootstrap_count = options.bootstrap_count}));
}

std::string HyperbandPruner::options_json() const {
  HyperbandOptions options = options_;
  return tune::options_json(options.list());
}

std::vector<int> HyperbandPruner::budgets(int min_resource, int max_resource,
                                          int reduction_factor) {
  // The logarithm as Optuna takes it: its rounding decides at powers of the factor.
  const double power = std::log(static_cast<double>(max_resource) / min_resource) /
                       std::log(static_cast<double>(reduction_factor));
  const int count = static_cast<int>(std::floor(power)) + 1;
  std::vector<int> list;
  for (int bracket = 0; bracket < count; ++bracket) {
    const int s = count - 1 - bracket;
    const double budget = std::ceil(count * std::pow(reduction_factor, s) / (s + 1));
    list.push_back(static_cast<int>(std::min(budget, double{INT_MAX})));
  }
  return list;
}

int HyperbandPruner::bracket_of(const std::vector<int>& budgets, const std::string& study,
                                int number) {
  return bracket_at(budgets, crc32(0, fmt::format("{}_{}", study, number)));
}

std::shared_ptr<const HyperbandPruner::Brackets> HyperbandPruner::brackets(
    const HistoryView& history, const DrawKey& key) const {
  return brackets_.get(history, [&](const HistoryView& view) {
    Brackets made;
    const int longest =
        options_.max_resource > 0 ? options_.max_resource : automatic_resource(view);
    if (longest == 0) return made;
    made.budgets = budgets(options_.min_resource, longest, options_.reduction_factor);
    if (made.budgets.empty()) return made;
    const std::uint32_t prefix = crc32(0, key.study + "_");
    const auto place = [&](int number) {
      return static_cast<std::size_t>(
          bracket_at(made.budgets, crc32(prefix, fmt::format("{}", number))));
    };
    // The view keeps the trials that the parts of it point to.
    const auto owner = std::make_shared<const HistoryView>(view);
    std::vector<std::vector<TrialPtr>> finished(made.budgets.size()), pending(finished);
    for (const TrialRecord& trial : owner->finished())
      finished[place(trial.number)].emplace_back(owner, &trial);
    for (const TrialPtr& trial : owner->pending()) pending[place(trial->number)].push_back(trial);
    for (std::size_t i = 0; i < finished.size(); ++i)
      made.views.push_back(HistoryView(view.directions(), std::move(finished[i]), view.reported())
                               .with_pending(std::move(pending[i])));
    return made;
  });
}

HistoryView HyperbandPruner::sampler_view(const HistoryView& history, const DrawKey& key) const {
  const auto known = brackets(history, key);
  if (known->budgets.empty()) return history;
  return known
      ->views[static_cast<std::size_t>(bracket_of(known->budgets, key.study, key.trial_number))];
}

Decision HyperbandPruner::decide(const HistoryView& history, const DrawKey& key,
                                 const TrialRecord& trial) const {
  const auto known = brackets(history, key);
  if (known->budgets.empty())
    return {Decision::Action::go_on,
            "kept: no trial is complete, so the brackets are not known yet"};
  const auto bracket =
      static_cast<std::size_t>(bracket_of(known->budgets, key.study, trial.number));
  Decision decision = halvings_[bracket]->decide(known->views[bracket], key, trial);
  decision.reason += fmt::format(" (bracket {} of {})", bracket, known->budgets.size());
  return decision;
}

}  // namespace hone::tune
