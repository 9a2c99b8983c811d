// Studies in one SQLite file, in Optuna's schema: Python programs open it, continue it and share
// it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "tune/storage/rules.h"
#include "tune/storage/sqlite_db.h"
#include "tune/storage/storage.h"
#include "tune/storage/workers.h"

namespace hone::tune {

class SqliteStorage : public Storage {
 public:
  explicit SqliteStorage(const std::string& path, const DatabaseOptions& options = {},
                         double lease_seconds = 60);
  ~SqliteStorage() override;

  std::string description() const override { return database_.path(); }
  std::pair<StudyInfo, bool> find_or_create_study(
      const std::string& name, const std::vector<Direction>& directions,
      const std::map<std::string, std::string>& settings) override;
  std::optional<StudyInfo> find_study(const std::string& name) override;
  std::vector<StudySummary> list_studies() override;
  bool remove_study(const std::string& name) override;
  void adopt_study(std::int64_t study, const std::map<std::string, std::string>& settings) override;
  void set_study_attr(std::int64_t study, bool system, const std::string& key,
                      const std::string& json) override;
  int enqueue(std::int64_t study, const Attributes& user_attrs,
              const Attributes& system_attrs) override;
  Started start(const StartRequest& request) override;
  void write(std::int64_t trial, const std::string& token, TrialChange& change) override;
  void release(std::int64_t trial, const std::string& token) override;
  int recover_orphans(std::int64_t study, TakeOver whose = TakeOver::dead) override;
  std::vector<Holder> holders(std::int64_t study) override;
  std::vector<TrialRecord> read_trials(std::int64_t study, std::int64_t after) override;
  bool changed() override;

 private:
  // All trials of a study with a key up to `id` are finished; there are `count` of them.
  struct Watermark {
    std::int64_t id = 0;
    int count = 0;
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
  };
  std::optional<StudyInfo> read_study(const std::string& name);
  StartPlan plan(const StartRequest& request, Watermark& mark);
  void join();
  void keep_alive();
  void release_abandoned();
  bool owned(std::int64_t trial, const std::string& token);
  std::vector<Held> read_held(std::int64_t study);
  std::int64_t insert_trial(std::int64_t study, int number, TrialState state,
                            std::int64_t start_time);
  int count_trials(std::int64_t study);
  void check_owned(std::int64_t trial, const std::string& token);
  void check_file_each_second();
  void insert_change(std::int64_t trial, const TrialChange& change);
  void finish(std::int64_t trial, TrialChange& change);
  void set_trial_attr(std::int64_t trial, bool system, const std::string& key,
                      const std::string& json);
  std::string fixed_params(std::int64_t trial);
  void read_queue(std::int64_t study, Watermark& mark, std::vector<QueueRow>& rows);
  void claim(Started& started, const StartRequest& request);
  void restore_enqueued(std::int64_t trial);
  void requeue(std::int64_t trial);
  std::vector<Parameter> read_params(std::int64_t trial);
  void read_details(std::int64_t study, std::int64_t after, std::vector<TrialRecord>& records);

  std::mutex mutex_;
  Database database_;
  Workers workers_;
  std::map<std::int64_t, Watermark> watermarks_;
  std::vector<Abandoned> abandoned_;
  bool waiting_ = false;  // the last start() found nothing to start
  std::int64_t data_version_ = -1;
  std::chrono::steady_clock::time_point file_checked_;
  // Renews the lease of this worker from its first start() on.
  std::thread heart_;
  std::condition_variable closing_;
  bool closed_ = false;
};

}  // namespace hone::tune
