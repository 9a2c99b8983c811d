// Judging the best trials by fresh seeds.
#include "tune/winner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/philox.h"
#include "tune/pareto.h"
#include "tune/promotion.h"

namespace hone::tune {
namespace {

void measure(Candidate& candidate) {
  const auto n = static_cast<double>(candidate.values.size());
  double sum = 0, squares = 0;
  for (const double value : candidate.values) sum += value;
  candidate.mean = sum / n;
  for (const double value : candidate.values)
    squares += (value - candidate.mean) * (value - candidate.mean);
  candidate.standard_error =
      n > 1 ? std::sqrt(squares / (n - 1) / n) : std::numeric_limits<double>::quiet_NaN();
}

bool tied(const Candidate& a, const Candidate& b) {
  return std::abs(a.mean - b.mean) <= std::hypot(a.standard_error, b.standard_error);
}

std::string joined(const std::vector<int>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    text += fmt::format("{}{}", i == 0 ? "" : i + 1 == numbers.size() ? " and " : ", ", numbers[i]);
  return text;
}

void put_into_words(Winner& winner) {
  const Candidate& first = winner.candidates.front();
  std::vector<int> close = {first.number};
  for (const Candidate& other : winner.candidates)
    if (other.number != first.number && other.failed == first.failed && tied(first, other)) {
      close.push_back(other.number);
      if (other.is_default)
        winner.warning = fmt::format(
            "the default configuration (trial {}) lies within the standard error of the best one: "
            "the search has found nothing that is certainly better",
            other.number);
    }
  if (first.is_default)
    winner.warning = fmt::format(
        "the default configuration (trial {}) is the best one: the search has found nothing better",
        first.number);
  if (close.size() > 1)
    winner.ties = fmt::format("trials {} are within one standard error", joined(close));
}

}  // namespace

std::vector<int> rerun_candidates(const std::vector<TrialRecord>& trials, Direction direction,
                                  int count, std::optional<int> baseline) {
  std::vector<const TrialRecord*> list;
  for (const TrialRecord& trial : trials)
    if (is_comparable(trial, 1)) list.push_back(&trial);
  const double sign = direction == Direction::minimize ? 1 : -1;
  std::stable_sort(list.begin(), list.end(), [&](const TrialRecord* a, const TrialRecord* b) {
    return sign * *a->value() < sign * *b->value();
  });
  std::vector<int> numbers;
  for (std::size_t i = 0; i < list.size(); ++i)
    if (i < static_cast<std::size_t>(count) || baseline == list[i]->number)
      numbers.push_back(list[i]->number);
  return numbers;
}

std::uint64_t rerun_seed(std::uint64_t study_seed, int index) {
  // Seeds of trials are mix(seed, number), and numbers are below 2^32.
  return mix(study_seed, (std::uint64_t{1} << 32) + static_cast<std::uint64_t>(index));
}

std::optional<int> default_trial(const std::vector<TrialRecord>& trials) {
  std::optional<int> found;
  for (const TrialRecord& trial : trials) {
    if (!found && trial.user_attrs.contains("default_configuration")) found = trial.number;
    const std::optional<Promotion> promotion = promotion_of(trial);
    if (found && promotion && promotion->from == *found) found = trial.number;
  }
  return found;
}

std::optional<Winner> winner_of(const std::vector<TrialRecord>& trials,
                                const std::vector<Rerun>& reruns, Direction direction) {
  std::map<int, Candidate> found;
  for (const Rerun& rerun : reruns) {
    Candidate& candidate = found[rerun.trial];
    if (std::isnan(rerun.value))
      ++candidate.failed;
    else
      candidate.values.push_back(rerun.value);
  }
  const std::optional<int> baseline = default_trial(trials);
  Winner winner;
  for (const TrialRecord& trial : trials) {
    const auto known = found.find(trial.number);
    if (known == found.end() || known->second.values.empty() || !is_comparable(trial, 1)) continue;
    Candidate& candidate = known->second;
    candidate.number = trial.number;
    candidate.searched = *trial.value();
    candidate.is_default = baseline == trial.number;
    measure(candidate);
    winner.candidates.push_back(candidate);
  }
  if (winner.candidates.empty()) return std::nullopt;
  const double sign = direction == Direction::minimize ? 1 : -1;
  std::stable_sort(winner.candidates.begin(), winner.candidates.end(),
                   [&](const Candidate& a, const Candidate& b) {
                     if ((a.failed > 0) != (b.failed > 0)) return b.failed > 0;
                     return sign * a.mean < sign * b.mean;
                   });
  put_into_words(winner);
  return winner;
}

std::string candidate_text(const Candidate& candidate, bool percent) {
  const auto shown = [&](double value) {
    return percent ? fmt::format("{:.2f}%", 100 * value) : fmt::format("{:.5g}", value);
  };
  const double error = candidate.standard_error;
  std::string text = fmt::format("trial {}: {}", candidate.number, shown(candidate.mean));
  if (std::isfinite(error))
    text += percent ? fmt::format(" +- {:.2f}", 100 * error) : fmt::format(" +- {:.2g}", error);
  text += fmt::format(" over {} fresh seed{}", candidate.values.size(),
                      candidate.values.size() == 1 ? "" : "s");
  if (candidate.failed > 0) text += fmt::format(", {} more failed", candidate.failed);
  text += fmt::format(" ({} in the search)", shown(candidate.searched));
  return candidate.is_default ? text + ", the default configuration" : text;
}

}  // namespace hone::tune
