// The interface of a sampler: how the next value of a parameter is chosen.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tune/history_view.h"

namespace hone::tune {

// Where a draw stands: all randomness of a sampler is a pure function of these and of the
// parameter's name, so that a trial can be drawn again, in any process, with the same result.
struct DrawKey {
  std::uint64_t study_seed = 0;
  int trial_number = 0;
};

class Sampler {
 public:
  virtual ~Sampler() = default;

  // "tpe", "random": stored in the study, shown in reports.
  virtual std::string name() const = 0;
  // Every option as one line of JSON, in a fixed order; stored in the study and compared on resume.
  virtual std::string options_json() const = 0;

  // Values for several parameters drawn together, by name; called once, at the first suggestion of
  // a trial. Parameters it leaves out, or whose value no longer lies in the suggested range, go to
  // sample().
  virtual std::map<std::string, double> sample_jointly(const HistoryView& history,
                                                       const DrawKey& key) {
    (void)history;
    (void)key;
    return {};
  }

  // The internal value of one parameter; must lie in `distribution`.
  virtual double sample(const HistoryView& history, const DrawKey& key,
                        const std::string& parameter, const Distribution& distribution) = 0;
};

}  // namespace hone::tune
