// What a Study and its live trials share: the history in memory, the storage, the rules of starting
// and ending trials. Internal to tune.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>

#include "tune/history_cache.h"
#include "tune/study.h"

namespace hone::tune {

// As the number of a trial: all of them.
inline constexpr int kAll = std::numeric_limits<int>::max();

struct Trial::Impl {
  TrialRecord record;
  std::shared_ptr<StudyCore> core;                         // null: a fixed trial
  std::function<Decision(int step, double value)> answer;  // of a fixed trial; null: it goes on
  std::uint64_t study_seed = 0;
  std::string token;
  int faults = 0;  // how often a fault of its surroundings has sent it back
  HistoryView view;
  // The part of it that the pruner leaves to the sampler; all of it for one that comes to an end.
  HistoryView sampler_view;
  std::map<std::string, Value> given;
  std::map<int, std::string> report_seen;
  PlanPtr plan;         // made at the first value that is drawn
  TrialChange pending;  // not yet stored
  std::vector<std::function<void()>> when_stored;
  bool ended = false;
  std::string refused;  // why the values it was enqueued with cannot be read; empty: they can

  std::mutex params_mutex;  // of record.params, which others read while this trial runs

  // Changes the record; the store learns of it with the next flush.
  void note(TrialChange change) {
    {
      const std::lock_guard lock(params_mutex);
      apply(change, record);
    }
    if (core) pending.append(std::move(change));
  }
};

class StudyCore : public std::enable_shared_from_this<StudyCore> {
 public:
  // `closed`: why no trial can be run; empty: they can.
  StudyCore(StudyOptions options, std::shared_ptr<Storage> storage, StudyInfo info,
            std::string closed);

  // Starts the next trial, waiting where deterministic mode asks for it; none: the limit is
  // reached, `give_up` said so, or the sampler has nothing new left, which is said in a line. With
  // `alone`, waiting for a trial of this very thread is an error, and samplers go on for ever.
  std::optional<Trial> start(int limit, const std::function<bool()>& give_up, bool alone);
  // The internal value of a parameter that has none yet in this trial.
  double draw(Trial::Impl& trial, const std::string& name, const Distribution& distribution);
  void check_compatible(const std::string& name, const Distribution& distribution);
  Decision decide(Trial::Impl& trial, int step);
  void flush(Trial::Impl& trial);
  // Returns the finished record; null when the trial went back to the queue.
  std::shared_ptr<const TrialRecord> tell(Trial::Impl& trial, const Outcome& outcome);
  std::shared_ptr<const TrialRecord> tell(Trial& trial, const Outcome& outcome);
  // "1 value for 2 objectives"; empty: a complete outcome has one for each.
  std::string wrong_count(const Outcome& outcome) const;
  void release(Trial::Impl& trial) noexcept;
  void release(Trial& trial) noexcept { release(*trial.impl_); }
  void leave(Trial::Impl& trial);
  int add_trial(const TrialRecord& trial);
  // Takes a RUNNING trial that nobody holds, to end it.
  Trial take(int number);
  // The trial goes back to the queue, and a fault is counted with it in the storage.
  void give_back_for_fault(Trial& trial);
  static int faults(const Trial& trial) { return trial.impl_->faults; }
  // Why the trial can only be told as failed: its given values cannot be read. Empty: it can run.
  static const std::string& refused(const Trial& trial) { return trial.impl_->refused; }
  // The trial belongs to another worker now: nothing more is stored of it.
  void forget(Trial& trial);

  void refresh();
  std::vector<TrialRecord> all_trials();
  // The number of a trial that has or is given exactly these values.
  std::optional<int> find_given(const std::vector<std::pair<std::string, Value>>& params);
  int finished();   // how many trials are
  TrialPtr best();  // null: no trial is COMPLETE, or there are several objectives
  // A trial is COMPLETE or PRUNED.
  bool any_success() const;
  // The lag of a deterministic study; fixed for its lifetime, to `jobs`, where it is not yet.
  int fixed_lag(int jobs);
  int lag() const { return lag_; }  // 0: not fixed yet, or not deterministic
  void log(const std::string& line);

  const StudyOptions options;
  const std::shared_ptr<Storage> storage;
  std::atomic<bool> stop_requested{false};
  std::atomic<bool> optimizing{false};
  StudyInfo info() const;
  void set_attr(bool system, const std::string& key, const std::string& json);
  Study handle() { return Study(shared_from_this()); }

 private:
  Trial make_trial(Started started, HistoryView view);
  HistoryView view_for(Trial::Impl& trial, const Started& started, HistoryView view);
  HistoryView view_of(const TrialRecord& trial, const std::string& seen) const;
  DrawKey key_of(int number) const;
  std::vector<TrialPtr> live_others(int number) const;
  int last_seen(int number) const;
  std::vector<TrialPtr> planned_before(int number);
  std::vector<Parameter> planned_point_of(int number);
  std::optional<Promotion> planned_promotion_of(int number);
  void continue_paused(Trial::Impl& trial);
  PlanPtr plan_of(int number, const HistoryView& view);
  // What a sampler that comes to an end has left for the next trial: something new, nothing, or it
  // depends on trials that are under way.
  enum class Left { something, nothing, unknown };
  Left left_for(int number);
  bool anything_waits();
  bool others_run();  // a trial, here or elsewhere
  void note_plan(Trial::Impl& trial, TrialChange& ending);
  void check_not_own_thread(int blocker);
  void log_end(const TrialRecord& record);
  // What start() is to do besides waiting, and when.
  struct Wait {
    std::chrono::steady_clock::time_point next_rescue =
        std::chrono::steady_clock::now() + std::chrono::seconds(1);
    std::chrono::steady_clock::time_point next_word =
        std::chrono::steady_clock::now() + std::chrono::seconds(3);
  };
  void wait_for_others(Wait& wait, int blocker = -1);
  void say_who_blocks(int blocker);
  void say_unused_values(const Trial::Impl& trial, TrialChange& ending);
  std::shared_ptr<const TrialRecord> finish(Trial::Impl& trial, TrialChange ending);
  void end_live(Trial::Impl& trial);
  void give_back(Trial::Impl& trial, ReleaseReason reason);
  void remember(TrialPtr record);
  void refresh_locked();
  static TrialChange ending_of(const Trial::Impl& trial, const Outcome& outcome);

  const std::string closed_;
  std::mutex log_mutex_;
  std::atomic<int> lag_{0};
  std::atomic<bool> plans_pending_{false};  // set before lag_
  std::atomic<bool> orphans_looked_for_{false};
  std::atomic<int> starting_{0};  // calls that may have a trial that is not in live_ yet
  const bool comes_to_an_end_;    // the sampler
  mutable std::mutex mutex_;
  std::condition_variable ended_;  // a trial ended or went back
  StudyInfo info_;
  HistoryCache history_;
  TrialPtr best_;  // as best()
  int successes_ = 0;
  bool loaded_ = false;
  ReadCursor cursor_;
  std::map<std::string, Distribution> distributions_;
  struct Live {
    std::thread::id thread;  // the one that asked
    Trial::Impl* trial = nullptr;
  };
  std::map<int, Live> live_;  // by number

  std::mutex plans_mutex_;
  std::map<int, PlanPtr> plans_;  // of a study with a lag above 1: those of its last trials
  std::map<int, std::vector<Parameter>> points_;  // and what they plan
  std::map<int, std::optional<Promotion>> promotions_;
};

}  // namespace hone::tune
