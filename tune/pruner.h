// The interface of a pruner: whether a running trial is worth going on with.
#pragma once

#include <string>

#include "tune/history_view.h"

namespace hone::tune {

// The answer to a report, with its reason in words ("best so far 0.712 at step 3 is below the
// median 0.840 of 8 finished trials"). A value, not an exception: the objective decides how to end.
struct Decision {
  enum class Action { go_on, prune };
  Action action = Action::go_on;
  std::string reason;
  bool prune() const { return action == Action::prune; }
};

// Called by several threads at once, without a lock around; may keep what it computes from a view
// as a sampler does.
class Pruner {
 public:
  virtual ~Pruner() = default;
  virtual std::string name() const = 0;
  virtual std::string options_json() const = 0;
  // `trial` holds all values reported so far, the newest included. Must not depend on anything but
  // the arguments and the options.
  virtual Decision decide(const HistoryView& history, const DrawKey& key,
                          const TrialRecord& trial) const = 0;
};

}  // namespace hone::tune
