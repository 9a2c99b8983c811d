// A live trial: the handle an objective asks for parameter values and tells its progress.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tune/pruner.h"
#include "tune/trial_record.h"

namespace hone::tune {

struct FloatOptions {
  bool log = false;
  std::optional<double> step = std::nullopt;
};

struct IntOptions {
  bool log = false;
  std::int64_t step = 1;
};

// Movable; used by one thread at a time. A handle that is destroyed before it was told goes back to
// the queue and is run again. All suggest calls throw Error(usage) on a range that breaks the rules
// of distribution.h, or on a name whose kind, log flag or choices differ from its former use in the
// study.
//
// A value is decided in this order: already suggested in this trial; given (enqueued, or kept from
// an interrupted run), also when it lies outside of the range; the only one possible; drawn jointly
// by the sampler; drawn alone by the sampler.
//
// A trial that was interrupted is run again from its beginning: same number, same seed, same
// values, and an empty list of reports. An objective that goes on from a checkpoint reports its
// former steps once more.
class Trial {
 public:
  Trial(Trial&&) noexcept;
  Trial& operator=(Trial&&) noexcept;
  ~Trial();

  // A trial without a study whose suggest calls return the given values: replays an objective. A
  // suggested name without a value throws Error(usage). Reports are kept in record(); `answer`
  // says what becomes of the trial, without it no report prunes.
  static Trial fixed(std::vector<std::pair<std::string, Value>> params, int number = 0,
                     std::uint64_t study_seed = 0,
                     std::function<Decision(int step, double value)> answer = nullptr);

  double suggest_float(const std::string& name, double low, double high,
                       const FloatOptions& options = {});
  std::int64_t suggest_int(const std::string& name, std::int64_t low, std::int64_t high,
                           const IntOptions& options = {});
  std::string suggest_categorical(const std::string& name, const std::vector<std::string>& choices);
  Value suggest_value(const std::string& name, const std::vector<Value>& choices);
  // Any of the above; returns the internal value.
  double suggest(const std::string& name, const Distribution& distribution);

  // Asks the pruner about the value of a step (>= 0), then stores the value and the answer, with
  // all that is not stored yet, in one transaction. A second report of one step is ignored. Throws
  // StoreError when the store fails (let it pass: the study gives the trial back), FencedError when
  // another worker has taken the trial over.
  Decision report(int step, double value);

  int number() const;
  // The number of the paused trial that this one goes on with (PromotionPruner): its values are
  // given, its seed is that of the first of the chain, and an objective that finds its checkpoint
  // may go on from there. It reports the former steps once more.
  std::optional<int> continues() const;
  // mix(study seed, number), of a trial that continues others the first one's: the seed of
  // everything random inside the trial.
  std::uint64_t seed() const;
  // The token of the study (StudyKey): with the number it names this trial for ever, and files that
  // belong to it. Empty for a fixed trial.
  std::string study_token() const;

  // Stored with the next report, or at the end. Keys: 1 to 512 characters. The second form takes
  // JSON text.
  void set_user_attr(const std::string& key, const Value& value);
  void set_user_attr_json(const std::string& key, const std::string& json);
  void set_system_attr(const std::string& key, const Value& value);
  void set_system_attr_json(const std::string& key, const std::string& json);

  // A condition of the trial by name: a value above 0 breaks it. Such a trial is never the best
  // one, and samplers keep away from it, the farther the more it is broken. Stored as Optuna does.
  void set_constraint(const std::string& name, double value);

  // What the whole trial is going to take, in any unit that is the same for all trials of the study
  // (operations, bytes, money): positive, and known before it runs. Samplers with the option
  // `per_cost` learn it and look for improvement per cost.
  void set_cost(double cost);

  // Calls `done`, which must not throw, when the study has stored how this trial ended: what was
  // kept for another run of it can go then. Not when it goes back to the queue, nor when another
  // worker has taken it over. False: a fixed trial, which nobody stores; `done` is never called.
  bool when_stored(std::function<void()> done);

  // Gives up the handle and leaves the trial RUNNING, for Study::tell(number, ...) of whatever
  // process ends it.
  void leave();

  const TrialRecord& record() const;

 private:
  friend class StudyCore;
  struct Impl;
  explicit Trial(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hone::tune
