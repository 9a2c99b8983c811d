// A study: many trials of one objective, stored, resumed, shared between processes and with
// Python's Optuna.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "tune/outcome.h"
#include "tune/pruner.h"
#include "tune/sampler.h"
#include "tune/storage/storage.h"
#include "tune/trial.h"

namespace hone::tune {

class Study;
class StudyCore;

// Writes the line to stderr.
void log_to_stderr(const std::string& line);

struct StudyOptions {
  // "" or "memory": gone with the Study; "sqlite:///file.db" and "postgresql://user@host/database":
  // databases that Optuna opens, too (open_storage() in tune/storage/storage.h).
  std::string storage = {};
  std::string name = {};  // 1 to 512 characters; empty: a random name
  Direction direction = Direction::minimize;
  // One an objective, for several; `direction` is not looked at then. Empty: the one objective.
  std::vector<Direction> directions = {};
  // Of several objectives the one (from 0) whose values trials report: the pruner knows no other,
  // and decides as if the study had it alone.
  int reported_objective = 0;
  std::shared_ptr<const Sampler> sampler = nullptr;  // null: the stored one, else the default
  std::shared_ptr<const Pruner> pruner = nullptr;    // null: never prunes
  std::uint64_t seed = 0;
  bool load_if_exists = true;  // false: an existing study of that name is an error
  // Deterministic: the sampler and the pruner of trial n see the finished trials 0 .. n - lag and
  // no other, so results depend neither on timing nor on the number of jobs. At most `lag` trials
  // run side by side. Otherwise they see all that is finished, and what they saw is stored.
  bool deterministic = true;
  // It belongs to the study and is stored with it. 0: as stored, else fixed at the first optimize()
  // to its jobs (at the first ask() to 1).
  int lag = 0;
  bool durable = false;  // true: a finished trial survives a power loss (slower)
  // Takes the trials that other workers run at once, also where these may still live; their results
  // are then dropped. Without it a trial is taken when its worker is known to be dead, or its lease
  // ends.
  bool take_over = false;
  // Gets a line for every trial that ends, and for what else a user should know: that one is run
  // again and why, what the study waits for, enqueued values that nothing asks for. Null: none.
  // Called one at a time, from any worker; must not call the study.
  std::function<void(const std::string& line)> log = log_to_stderr;
  bool log_trials = true;  // false: no line for a trial that ends, only for the rest
  // Combinations that no trial may have: a value that would complete one is replaced. Not stored;
  // to be the same whenever the study is continued.
  std::vector<Forbidden> forbidden = {};
  // Whatever else must be the same when the study is continued (data set, model, version, ...).
  std::map<std::string, std::string> settings = {};
  // The same, of what an earlier version of the caller did not store: a study without one of them
  // takes it at open() and keeps it from then on.
  std::map<std::string, std::string> late_settings = {};
};

using Objective = std::function<Outcome(Trial&)>;
using WorkerObjective = std::function<Outcome(Trial&, int worker)>;  // worker: 0 .. jobs - 1

// The trials that a worker runs at once: at least one, at most OptimizeOptions::together.
class TrialGroup {
 public:
  TrialGroup(const TrialGroup&) = delete;
  TrialGroup& operator=(const TrialGroup&) = delete;
  virtual ~TrialGroup() = default;

  // The next trial, which lives as long as the group; null when there are as many as wanted or
  // none can begin now. Suggest the values of one before asking for the next.
  virtual Trial* ask() = 0;
  // Ends a trial of this group: with what `objective` returns, or by what it throws, as optimize()
  // says.
  virtual void end(Trial& trial, const std::function<Outcome()>& objective) = 0;

 protected:
  TrialGroup() = default;
};

// Asks for trials, runs them, and ends each as soon as it can. One that it has not ended when it
// returns is FAIL; what it throws ends those that are left.
using GroupObjective = std::function<void(TrialGroup&, int worker)>;

struct OptimizeOptions {
  // How many trials the study shall have in total (COMPLETE, PRUNED and FAIL); 0: no limit.
  int trials = 0;
  double timeout_seconds = 0;  // no trial starts after it; 0: none
  int jobs = 1;                // threads; at most the lag of a deterministic study
  // The most trials in a TrialGroup; at most the lag of a deterministic study, whose results do not
  // depend on it.
  int together = 1;
  // Ends with an Error after so many FAIL trials in a row, in the order of their ends, and when
  // trials failed and the study has none that is COMPLETE or PRUNED. 0: never.
  int max_failures = 10;
  // True for what an objective throws that is the trial's own failure: it is FAIL at once, with the
  // message as its reason, and the study goes on. Never asked about a StoreError. Null: what
  // optimize() says.
  std::function<bool(const std::exception&)> is_failure = nullptr;
  // No trial starts after it; the objective ends its own with interrupted().
  CancelToken cancel = {};
  // Called one at a time after each finished trial, in the order of their ends.
  std::vector<std::function<void(const Study&, const TrialRecord&)>> callbacks = {};
};

// A handle; copies refer to the same open study. All methods may be called from any thread. Not to
// be used across fork(): a new process opens the study itself.
class Study {
 public:
  // Opens or makes a study. A study that was made with other options (direction, seed, lag,
  // sampler, pruner, settings) throws Error(usage) with a table of the differences. Trials that
  // dead workers left RUNNING go back to the queue.
  static Study open(StudyOptions options);
  // The same on a storage made by the caller; options.storage is ignored.
  static Study open(StudyOptions options, std::shared_ptr<Storage> storage);
  // Opens an existing study with the sampler, pruner, seed and lag that are stored with it. The
  // name may be left out when the storage has exactly one study. Where the sampler or the pruner is
  // not one of the lists (sampler_kinds(), pruner_kinds()), or Python made the study, it can be
  // read and ask() and optimize() throw Error(usage) with the reason.
  static Study load(const std::string& storage, const std::string& name = "",
                    std::function<void(const std::string&)> log = log_to_stderr);
  // Throws Error(usage) with a table of the differences where open() would refuse these options;
  // changes nothing.
  void check_settings(const StudyOptions& options) const;
  static void remove(const std::string& storage, const std::string& name);  // as remove_study()
  static std::vector<StudySummary> list(const std::string& storage);

  // The next trial: the WAITING one with the lowest number, or a new one. In deterministic mode
  // waits for the trials it depends on; throws Error(usage) when the calling thread itself holds
  // one of them.
  Trial ask();
  // Ends a trial of this study. Throws FencedError when it was taken over meanwhile, Error(usage)
  // where a complete outcome has not one value an objective: it can be told again. When the store
  // fails it throws StoreError, and the trial can be told again; an interrupted one may have ended
  // with that, and then goes back to the queue as soon as the store can be written.
  void tell(Trial& trial, const Outcome& outcome);
  // Runs trials until the study has options.trials of them, or stop(), cancel, timeout, an
  // interrupted trial. What becomes of a trial whose objective throws:
  //  - StoreError (from report() too): nothing is wrong with the trial. It goes back to the queue,
  //    the workers end, the error is rethrown. optimize() may be called again.
  //  - Error(usage): FAIL, as with Outcome::failed(), and the study goes on; an outcome with too
  //  few
  //    or too many values as well. Error(interrupted): as with Outcome::interrupted().
  //  - Any other Error, std::bad_alloc, std::system_error: a fault of what surrounds the trial. It
  //    goes back to the queue and is run again, three times at most (counted in the storage), then
  //    FAIL.
  //  - Any other exception: the same, and the study ends and rethrows it when all workers have
  //  ended.
  void optimize(const Objective& objective, const OptimizeOptions& options);
  void optimize(const WorkerObjective& objective, const OptimizeOptions& options);
  void optimize(const GroupObjective& objective, const OptimizeOptions& options);
  // From an objective or a callback: optimize() starts no further trial.
  void stop();
  // Adds a trial with given values (all or some); returns its number. With skip_if_exists that of a
  // trial which has or is given the very same values, if there is one, and adds nothing.
  int enqueue(const std::vector<std::pair<std::string, Value>>& params,
              const std::map<std::string, Value>& user_attrs = {}, bool skip_if_exists = false);
  // Adds a trial that ran elsewhere: COMPLETE with one value an objective and none of them NaN,
  // PRUNED, FAIL, or WAITING. Its key and number are given by the study. Returns the number. Throws
  // Error(usage) for a value outside of its distribution, and for a distribution that the study has
  // used otherwise.
  int add_trial(const TrialRecord& trial);
  void add_trials(const std::vector<TrialRecord>& trials);
  // Copies a study with its attributes, settings and trials under a new name or into another
  // storage; a RUNNING trial becomes FAIL there. Throws Error(usage) where the name is taken.
  static void copy(const std::string& from_storage, const std::string& from_name,
                   const std::string& to_storage, const std::string& to_name);
  // Ends a RUNNING trial that nobody of hone's holds: of ask() and Trial::leave(), or of another
  // program.
  void tell(int number, const Outcome& outcome);

  // Trials that were trained again (tune/winner.h); kept beside the trials, no sampler sees them. A
  // seed of a trial that is there already stays as it is.
  void add_rerun(const Rerun& rerun);
  std::vector<Rerun> reruns() const;

  const std::string& name() const;
  const std::vector<Direction>& directions() const;  // one an objective
  Direction direction() const;  // of the one objective; Error(usage) where there are several
  int reported_objective() const;
  // Names this study for ever (StudyKey).
  std::string token() const;
  std::uint64_t seed() const;
  int lag() const;  // 0: not fixed yet, or not deterministic
  std::map<std::string, std::string> settings() const;
  // The best COMPLETE trial that breaks no constraint; the first one of equals, NaN is none. Throws
  // Error(usage) when there is none, and for several objectives.
  TrialRecord best() const;
  // The Pareto front by number: the COMPLETE trials that break no constraint and are dominated by
  // none of them; equal ones are all there. Of one objective: all trials with the best value.
  std::vector<TrialRecord> best_trials() const;
  // How many trials are COMPLETE, PRUNED or FAIL, those of other workers included. Reads only what
  // is new in the storage.
  int finished() const;
  // The RUNNING trials of other workers and who holds them, by number; trials of this study object
  // and of programs other than hone are left out.
  std::vector<Holder> holders() const;
  // All trials by number, also running and waiting ones.
  std::vector<TrialRecord> trials() const;
  void set_user_attr(const std::string& key, const Value& value);
  void set_user_attr_json(const std::string& key, const std::string& json);
  void set_system_attr_json(const std::string& key, const std::string& json);
  // The names of the values, one an objective, for reports and Optuna's plots; kept as Optuna keeps
  // them. Empty: none.
  void set_metric_names(const std::vector<std::string>& names);
  std::vector<std::string> metric_names() const;
  // What the pruner answered to the reports of a trial, by step.
  std::vector<ReportNote> notes(int number) const;
  Attributes attributes() const;  // user attributes, key -> JSON text
  Attributes system_attributes() const;
  // One row a trial, columns as in Optuna's trials_dataframe(): number, value (of several
  // objectives values_0, values_1, ..., or values_<metric name>), datetime_start,
  // datetime_complete, duration, params_*, user_attrs_*, state. A text that a spreadsheet would
  // take for a formula gets a leading apostrophe.
  std::string trials_csv() const;
  // {"study", "direction", "trials": [{number, state, value, params, intermediate, user_attrs,
  // ...}]}; of several objectives "directions" and "values", lists. Strict JSON: NaN and infinities
  // are written as texts.
  std::string trials_json() const;

 private:
  friend class StudyCore;
  explicit Study(std::shared_ptr<StudyCore> core) : core_(std::move(core)) {}
  std::shared_ptr<StudyCore> core_;
};

}  // namespace hone::tune
