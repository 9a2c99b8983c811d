// How long a trial is going to take, learned from the trials of its study that have ended.
//
// ln of the seconds that a FLOP took is taken as a straight line over ln of the FLOPs of a sample,
// because larger networks make better use of a processor. Its slope is drawn towards 0 where few
// trials say otherwise (ridge regression: a normal prior of deviation 1/2, at residuals of 0.3).
// Trials that stood still for a while (a machine asleep, a kill and a resume) are left out: those
// far from the median, by more than a factor of 3 and five times the median distance. The range is
// Student's prediction interval of 90%.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tune/trial_record.h"

namespace hone::tune::training {

// Seconds: nine of ten trials take from `low` to `high`, as far as those before them tell.
struct TimeRange {
  double low = 0, expected = 0, high = 0;
};

// "9 to 14 s", "80 to 100 min": two digits.
std::string time_range_text(const TimeRange& range);

class TrialTimes {
 public:
  static constexpr int kFewest = 3;  // trials without which nothing is predicted

  // Trials of one study, whose data set is one. Those count that were trained and have ended, with
  // the attributes that run_trial() sets (training_flops, epochs); not those that went on with a
  // paused trial, whose epochs were another trial's.
  explicit TrialTimes(const std::vector<TrialRecord>& trials);

  // Of a trial whose training takes so many FLOPs a sample (forward and backward). Nothing where
  // fewer than kFewest trials are known.
  std::optional<TimeRange> predict(std::int64_t training_flops, int epochs) const;

 private:
  int count_ = 0;
  double x_ = 0, y_ = 0;  // the means
  double slope_ = 0;
  double degrees_ = 0;    // of freedom
  double weight_ = 0;     // of the slope: the sum of squares of x - x_, and the prior's
  double deviation_ = 0;  // of the residuals
};

}  // namespace hone::tune::training
