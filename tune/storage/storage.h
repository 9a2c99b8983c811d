// The interface of a storage: where the studies and their trials live.
//
// A storage takes care of three promises: every change is one atomic step; the number of a trial is
// given out once; and only the worker that holds a RUNNING trial (it has the trial's token) may
// change it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "tune/rerun.h"
#include "tune/trial_change.h"

namespace hone::tune {

// Names one study for ever. The row of a study that was removed may be used again by a new one: the
// token, 32 random digits, is that of one study alone. Empty: a study of Python's that hone has not
// opened for writing yet.
struct StudyKey {
  std::int64_t id = 0;
  std::string token;
};

struct StudyInfo {
  StudyKey key;
  std::string name;
  std::vector<Direction> directions = {Direction::minimize};  // one an objective, at least one
  Attributes user_attrs, system_attrs;
  // What a study must be continued with (sampler, seed, ...); absent when Python made the study.
  std::optional<std::map<std::string, std::string>> settings;
  // Attributes that hone has set and that hold something else now: another program has changed
  // them, or they are damaged.
  std::vector<std::string> changed_attrs;
};

struct StudySummary {
  std::string name;
  std::vector<Direction> directions = {Direction::minimize};
  int trials = 0, complete = 0, pruned = 0, failed = 0, running = 0, waiting = 0;
  std::optional<double> best;  // the best value; none where there are several objectives
};

struct StartRequest {
  StudyKey study;
  // Deterministic mode: trial n starts only when all trials up to n - lag are finished. 0: never
  // waits.
  int lag = 0;
  // Start nothing when this many trials are finished or running. 0: no limit.
  int limit = 0;
  // The numbers of the trials that the sampler will see ("0-41,43"), kept with the trial; empty:
  // not kept.
  std::string seen;
};

struct Started {
  enum class Kind { started, wait, full };
  Kind kind = Kind::full;
  TrialRecord trial;  // RUNNING now; holds its attributes, no parameters
  std::string token;  // proves ownership in write() and release()
  // Values of an enqueued or interrupted trial, as the JSON object of Optuna's fixed_params; may be
  // empty.
  std::string fixed_params;
  bool rerun = false;  // was interrupted or orphaned before
  std::string seen;    // of this start, or of the first one when it is run again
  std::map<int, std::string> report_seen;  // step -> what the pruner saw, when it is run again
  int faults = 0;                          // how often release() sent it back for a fault
  int blocker = -1;                        // wait: the number of an unfinished trial in the way
};

// The store itself failed: it is locked, full, damaged, moved or gone. Never the fault of the trial
// that met it.
class StoreError : public Error {
 public:
  explicit StoreError(const std::string& message) : Error(ErrorKind::storage, message) {}
};

// What a store was asked did not happen and may be tried again: the connection was lost, or two
// transactions met. Storages try themselves; it leaves them when they have done so in vain.
class TransientError : public StoreError {
 public:
  using StoreError::StoreError;
};

template <class... Args>
[[noreturn]] void fail_store(fmt::format_string<Args...> format, Args&&... args) {
  throw StoreError(fmt::vformat(format, fmt::make_format_args(args...)));
}

// The trial is no longer ours: another process took it over, or it was ended. The result is
// dropped.
class FencedError : public Error {
 public:
  explicit FencedError(const std::string& message) : Error(ErrorKind::storage, message) {}
};

// Who runs a trial, as far as the storage knows.
struct Holder {
  int number = -1;              // of the trial
  std::string worker;           // "process 4711 on host a"; empty: of an older version of hone
  std::int64_t start_time = 0;  // of the trial, microseconds since 1970
  bool alive = false;           // the kernel says that it lives
  double lease_left = 0;  // when the kernel cannot say: seconds until the trial may be taken over
};

// Whose RUNNING trials recover_orphans() takes: those of workers that live no more, or also those
// of living ones, whose results are then dropped.
enum class TakeOver { dead, all };

// Why a trial goes back to the queue. Faults of its surroundings are counted with it.
enum class ReleaseReason { interrupted, fault };

// What somebody who reads a study again and again has read of it.
struct ReadCursor {
  std::int64_t last = 0;           // all trials with a key up to it have been looked at
  std::vector<std::int64_t> open;  // those of them that were not finished
};

// Thread-safe; belongs to one Study. A call for a study that was removed, or removed and made anew,
// throws StoreError. Everything throws StoreError when the store fails.
//
// Somebody who waits may call start() often: while it can only answer `wait` or `full` it costs
// others nothing.
class Storage {
 public:
  virtual ~Storage() = default;
  // For messages: "memory", or the path of the file.
  virtual std::string description() const = 0;

  // Finds the study or makes it; `second` tells whether it was made. Without settings it is as one
  // that Python makes: whoever opens it next says how it goes on.
  virtual std::pair<StudyInfo, bool> find_or_create_study(
      const std::string& name, const std::vector<Direction>& directions,
      const std::map<std::string, std::string>& settings) = 0;
  virtual std::optional<StudyInfo> find_study(const std::string& name) = 0;
  virtual std::vector<StudySummary> list_studies() = 0;
  virtual bool remove_study(const std::string& name) = 0;  // Error(usage): others are at work on it
  // Adds those settings that the study has none of yet; stored ones stay as they are. Returns its
  // key: a study of Python's has a token from now on.
  virtual StudyKey adopt_study(const StudyKey& study,
                               const std::map<std::string, std::string>& settings) = 0;
  virtual void set_study_attr(const StudyKey& study, bool system, const std::string& key,
                              const std::string& json) = 0;

  // A new WAITING trial; returns its number.
  virtual int enqueue(const StudyKey& study, const Attributes& user_attrs,
                      const Attributes& system_attrs) = 0;
  // Adds a trial that ran elsewhere, finished, or one that is WAITING; its attributes are kept as
  // they are, its key and number are given by the storage. Returns the number.
  virtual int add_trial(const StudyKey& study, const TrialRecord& trial) = 0;
  // Takes the WAITING trial with the lowest number, or makes a new one; or says why not.
  virtual Started start(const StartRequest& request) = 0;
  // Applies a change to a RUNNING trial of ours and sets its end time, or throws FencedError and
  // changes nothing.
  virtual void write(std::int64_t trial, const std::string& token, TrialChange& change) = 0;
  // Queues a RUNNING trial of ours to be run again from its beginning, with the same number: its
  // parameters become fixed_params, its reports go. start() and the readers here see it WAITING.
  // For Optuna it stays RUNNING without a heartbeat, so no Python worker takes it or calls it dead.
  // When the store fails, the trial is released as soon as it can be written again: by the next
  // call, by the heartbeat of this storage, or by others once this storage is gone. Returns how
  // often a fault has sent this trial back, this time included.
  virtual int release(std::int64_t trial, const std::string& token,
                      ReleaseReason reason = ReleaseReason::interrupted) = 0;
  // Leaves a RUNNING trial of ours to whoever ends it: nobody holds it any more, and it is never
  // run again by itself. take() makes a trial that nobody holds one of ours, whoever began it;
  // throws FencedError where it is not RUNNING or somebody of hone's holds it. Returns its token.
  virtual void leave(std::int64_t trial, const std::string& token) = 0;
  virtual std::string take(const StudyKey& study, std::int64_t trial) = 0;
  // Does as release() for RUNNING trials of other workers; returns how many. A worker is dead when
  // the kernel says so, or, where it cannot tell (another host), when its lease has run out.
  virtual int recover_orphans(const StudyKey& study, TakeOver whose = TakeOver::dead) = 0;
  // Who runs the RUNNING trials of hone's workers, this storage's own left out; by number.
  virtual std::vector<Holder> holders(const StudyKey& study) = 0;

  // All trials, by key.
  virtual std::vector<TrialRecord> read_trials(const StudyKey& study) = 0;
  // What the pruner answered to the reports of a trial, by step.
  virtual std::vector<ReportNote> read_notes(const StudyKey& study, std::int64_t trial) = 0;
  // Keeps that a finished trial was trained again; where this seed of the trial is kept already, it
  // stays as it is. Throws StoreError where the study has no such trial.
  virtual void add_rerun(const StudyKey& study, const Rerun& rerun) = 0;
  virtual std::vector<Rerun> read_reruns(const StudyKey& study) = 0;  // by trial, then seed
  // The finished trials that this cursor has not given yet, by key. Looks at new and open ones
  // only.
  virtual std::vector<TrialRecord> read_finished(const StudyKey& study, ReadCursor& cursor) = 0;
  // Somebody else has written since the last call (or may have).
  virtual bool changed() = 0;
};

struct StorageOptions {
  bool create = true;          // false: a file that is missing is an error
  bool may_read_only = false;  // a file that may not be written is opened for reading
  bool durable = false;        // a finished transaction survives a power loss (slower)
  // How long all calls together wait for a lock of another program, or for a server to come back.
  double busy_seconds = 20;
  double lease_seconds = 60;  // how long a trial stays with a worker that nobody can see
};

// "" or "memory": a new empty store; "sqlite:///file.db" (four slashes: an absolute path): that
// file, made when it is missing and `create`; "postgresql://user@host:port/database": a database of
// a server, in which the tables are made when they are missing and `create`. What Optuna writes for
// these ("postgresql+psycopg2://", "postgres://") is understood. Throws Error(usage) for other
// schemes.
std::shared_ptr<Storage> open_storage(const std::string& url, const StorageOptions& options = {});

// The URL for messages: without its password.
std::string shown_url(const std::string& url);

}  // namespace hone::tune
