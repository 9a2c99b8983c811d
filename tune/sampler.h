// The interface of a sampler: how the next value of a parameter is chosen.
#pragma once

#include <map>
#include <string>

#include "tune/history_view.h"

namespace hone::tune {

// Called by several threads at once, without a lock around. What a sampler computes from a view and
// wants to keep for the next call belongs into a ViewMemo (tune/view_memo.h): answers depend on the
// arguments and the options alone.
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
                                                       const DrawKey& key) const {
    (void)history;
    (void)key;
    return {};
  }

  // The internal value of one parameter; must lie in `distribution`.
  virtual double sample(const HistoryView& history, const DrawKey& key,
                        const std::string& parameter, const Distribution& distribution) const = 0;
};

}  // namespace hone::tune
