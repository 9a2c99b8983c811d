// An honest winner: the best trials of a search, judged by trainings with fresh seeds.
//
// The best value of a search is the largest of many noisy numbers and so too good. Values of
// trainings that nobody has chosen by are not: the mean over fresh seeds is what can be expected.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tune/rerun.h"
#include "tune/trial_record.h"

namespace hone::tune {

// The numbers of the trials that are to be trained again: the best `count` COMPLETE ones that break
// no constraint (the first of equals; NaN is none), best first, and behind them `baseline`, where
// it is COMPLETE and not among them.
std::vector<int> rerun_candidates(const std::vector<TrialRecord>& trials, Direction direction,
                                  int count, std::optional<int> baseline);

// Fresh seed number `index` of a study: the same for all trials, so that they are compared under
// the same chances, and none that a trial of the study has.
std::uint64_t rerun_seed(std::uint64_t study_seed, int index);

// The first trial with the user attribute "default_configuration", what one would have used without
// tuning; where it was paused and continued, the last trial that continues it.
std::optional<int> default_trial(const std::vector<TrialRecord>& trials);

struct Candidate {
  int number = -1;             // of the trial
  double searched = 0;         // its value in the search
  std::vector<double> values;  // with fresh seeds, those that did not fail
  int failed = 0;              // so many trainings failed
  double mean = 0;
  double standard_error = 0;  // of the mean: s / sqrt(n), s with n - 1; NaN: of one value
  bool is_default = false;
};

struct Winner {
  std::vector<Candidate> candidates;  // the best mean first; one with a failure behind all without
  // "trials 12 and 7 are within one standard error (of their difference)"; empty: none is.
  std::string ties;
  // That the default configuration is no worse than the error; empty: it is, or there is none.
  std::string warning;
  int number() const { return candidates.front().number; }
};

// Two means are tied when they differ by no more than the standard error of their difference,
// sqrt(a^2 + b^2). Nothing when no trial of the list has been trained again with at least one
// value.
std::optional<Winner> winner_of(const std::vector<TrialRecord>& trials,
                                const std::vector<Rerun>& reruns, Direction direction);

// "trial 12: 0.8731 +- 0.0021 over 3 seeds (0.8790 in the search)"; with `percent` as percentages.
std::string candidate_text(const Candidate& candidate, bool percent);

}  // namespace hone::tune
