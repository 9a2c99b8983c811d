// Studies in an SQL database, in Optuna's schema and tables of hone's own beside it.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>

#include "tune/storage/rules.h"
#include "tune/storage/sql_connection.h"
#include "tune/storage/storage.h"
#include "tune/storage/workers.h"

namespace hone::tune {

class SqlStorage : public Storage {
 public:
  explicit SqlStorage(std::unique_ptr<SqlConnection> connection, double lease_seconds = 60);
  ~SqlStorage() override;

  std::string description() const override { return connection_->name(); }
  std::pair<StudyInfo, bool> find_or_create_study(
      const std::string& name, const std::vector<Direction>& directions,
      const std::map<std::string, std::string>& settings) override;
  std::optional<StudyInfo> find_study(const std::string& name) override;
  std::vector<StudySummary> list_studies() override;
  bool remove_study(const std::string& name) override;
  StudyKey adopt_study(const StudyKey& study,
                       const std::map<std::string, std::string>& settings) override;
  void set_study_attr(const StudyKey& study, bool system, const std::string& key,
                      const std::string& json) override;
  int enqueue(const StudyKey& study, const Attributes& user_attrs,
              const Attributes& system_attrs) override;
  int add_trial(const StudyKey& study, const TrialRecord& trial) override;
  Started start(const StartRequest& request) override;
  void write(std::int64_t trial, const std::string& token, TrialChange& change) override;
  int release(std::int64_t trial, const std::string& token,
              ReleaseReason reason = ReleaseReason::interrupted) override;
  int recover_orphans(const StudyKey& study, TakeOver whose = TakeOver::dead) override;
  void leave(std::int64_t trial, const std::string& token) override;
  std::string take(const StudyKey& study, std::int64_t trial) override;
  std::vector<Holder> holders(const StudyKey& study) override;
  std::vector<TrialRecord> read_trials(const StudyKey& study) override;
  std::vector<ReportNote> read_notes(const StudyKey& study, std::int64_t trial) override;
  void add_rerun(const StudyKey& study, const Rerun& rerun) override;
  std::vector<Rerun> read_reruns(const StudyKey& study) override;
  std::vector<TrialRecord> read_finished(const StudyKey& study, ReadCursor& cursor) override;
  bool changed() override;

 private:
  // How far the queue of a study has been looked at: what lies behind is finished or open.
  struct Queue {
    ReadCursor cursor;
    int finished = 0;
  };
  // A RUNNING trial of a worker of hone.
  struct Held {
    std::int64_t trial = 0;
    int number = 0;
    std::string token;
    std::int64_t start_time = 0;  // microseconds since 1970
    Worker worker;
  };
  // A trial of ours that could not be released.
  struct Abandoned {
    std::int64_t trial = 0;
    std::string token;
    ReleaseReason reason = ReleaseReason::interrupted;
  };

  // Runs `body`, again when its failure was a passing one. It must begin anew each time.
  template <class Body>
  auto attempt(Body body) {
    while (true) {
      try {
        return body();
      } catch (const TransientError&) {
        if (!connection_->recover()) throw;
      }
    }
  }
  // The same in a transaction, which is committed behind it.
  template <class Body>
  auto transact(SqlConnection::Access access, Body body) {
    return attempt([&] {
      Transaction transaction(*connection_, access);
      if constexpr (std::is_void_v<decltype(body())>) {
        body();
        transaction.commit();
      } else {
        auto result = body();
        transaction.commit();
        return result;
      }
    });
  }
  static constexpr auto kRead = SqlConnection::Access::read;
  static constexpr auto kWrite = SqlConnection::Access::write;

  // Studies (sql_studies.cpp).
  std::string place() const;  // the name of the database, printable
  // Throws unless the study is there, and is this one.
  void check_study(const StudyKey& study);
  // The same, and nobody else starts a trial of it until the end of the transaction: the lock that
  // Optuna takes when it starts one.
  void lock_study(const StudyKey& study);
  // The two by halves: a query of kStudyRow or kLockedStudyRow that was sent.
  void check_token(Query& query, const StudyKey& study);
  std::optional<StudyInfo> read_study(const std::string& name);
  bool delete_study(const std::string& name);
  void write_study_attr(const StudyKey& study, bool system, const std::string& key,
                        const std::string& json);
  void read_study_attrs(StudyInfo& info);
  std::vector<Direction> read_directions(std::int64_t study, const std::string& name);
  void summarize(std::int64_t study, StudySummary& summary);
  StudyInfo create_study(const std::string& name, const std::vector<Direction>& directions,
                         const std::map<std::string, std::string>& settings);
  void write_settings(const StudyKey& study, const std::string& settings_json);
  std::string digest_of_study(std::int64_t study);

  // Trials (sql_storage.cpp).
  std::int64_t insert_trial(std::int64_t study, int number, TrialState state,
                            std::int64_t start_time);
  // `study_row`: of kStudyRow or kLockedStudyRow; also read_queue().
  StartPlan plan(const StartRequest& request, const char* study_row, Queue& queue);
  Started start_new(const StartRequest& request, Queue& queue);
  void claim(Started& started, const StartRequest& request);
  void take_queued(Started& started);
  void restore_enqueued(std::int64_t trial, const std::string& enqueued);
  bool owned(std::int64_t trial, const std::string& token);
  void check_owned(std::int64_t trial, const std::string& token);
  void insert_change(std::int64_t trial, const TrialChange& change);
  void insert_values(std::int64_t trial, const std::vector<double>& values);
  int next_number(const StudyKey& study);
  void finish(std::int64_t trial, TrialChange& change);
  void set_trial_attr(std::int64_t trial, bool system, const std::string& key,
                      const std::string& json);
  std::string fixed_params(std::int64_t trial);
  int requeue(std::int64_t trial, ReleaseReason reason);
  void seal(std::int64_t trial, TrialState state);

  // Workers (sql_workers.cpp).
  void join();
  void keep_alive();
  // Throws Error(usage) that names who, where another process that lives, or may live, has run a
  // trial of the study: until its end it may be about to write to it.
  void check_left(std::int64_t study, const std::string& name);
  void release_abandoned();
  std::vector<Held> read_held(const StudyKey& study);
  std::vector<Held> held_of(const std::vector<QueueRow>& open);
  void check_place_each_second();

  // Reading trials (sql_read.cpp).
  void read_queue(const StudyKey& study, const char* study_row, Queue& queue,
                  std::vector<QueueRow>& rows);
  // The finished trials behind `known`, and those of its open ones that are finished now; `next`
  // gets how far that is.
  std::vector<TrialRecord> read_new(const StudyKey& study, const ReadCursor& known,
                                    ReadCursor& next);
  // Of the trials first .. last, those that `known` leaves open and that are finished now, and all
  // behind it; with `next` those that are not finished go there, and nothing more of them is read.
  std::vector<TrialRecord> read_range(std::int64_t study, std::int64_t first, std::int64_t last,
                                      const ReadCursor& known, ReadCursor* next);
  std::vector<Parameter> read_params(std::int64_t trial);

  std::mutex mutex_;
  std::unique_ptr<SqlConnection> connection_;
  Workers workers_;
  std::map<std::string, Queue> queues_;  // by the token of the study
  std::vector<Abandoned> abandoned_;
  bool waiting_ = false;  // the last start() found nothing to start
  std::chrono::steady_clock::time_point place_checked_;
  // Renews the lease of this worker from its first start() on.
  std::thread heart_;
  std::condition_variable closing_;
  bool closed_ = false;
};

}  // namespace hone::tune
