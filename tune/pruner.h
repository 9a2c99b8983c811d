// The interface of a pruner: whether a running trial is worth going on with.
#pragma once

#include <optional>
#include <string>

#include "tune/history_view.h"
#include "tune/promotion.h"

namespace hone::tune {

// The answer to a report, with its reason in words ("best so far 0.712 at step 3 is below the
// median 0.840 of 8 finished trials"). A value, not an exception: the objective decides how to end.
struct Decision {
  // pause: to be ended as with prune; the trial may be promoted later, so what it needs to go on
  // (its checkpoint) is to be kept.
  enum class Action { go_on, prune, pause };
  Action action = Action::go_on;
  std::string reason;
  // System attributes to keep with the trial: what the decisions about others need to know of it.
  // Their keys begin with kPrunerNote (tune/trial_change.h).
  Attributes attrs = {};
  bool prune() const { return action != Action::go_on; }
  bool pause() const { return action == Action::pause; }
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
  // The part of the history that the sampler sees when it draws for the trial of this key: all of
  // it, unless the pruner divides the trials into groups that have little to tell each other. Of
  // equal views it makes views that know each other (HistoryView::same_as), as far as it still
  // keeps them.
  virtual HistoryView sampler_view(const HistoryView& history, const DrawKey& key) const {
    (void)key;
    return history;
  }
  // Whether trials are promoted; only in deterministic studies.
  virtual bool promotes() const { return false; }
  // Before a trial begins: the paused one that it continues; nothing: it is a new one. Pending
  // trials of the view carry what was decided for them (kPromotion).
  virtual std::optional<Promotion> promote(const HistoryView& history, const DrawKey& key) const {
    (void)history, (void)key;
    return std::nullopt;
  }
};

}  // namespace hone::tune
