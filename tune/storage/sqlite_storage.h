// Studies in one SQLite file, in Optuna's schema: Python programs open it, continue it and share
// it.
#pragma once

#include <mutex>

#include "tune/storage/rules.h"
#include "tune/storage/sqlite_db.h"
#include "tune/storage/storage.h"

namespace hone::tune {

class SqliteStorage : public Storage {
 public:
  explicit SqliteStorage(const std::string& path, const DatabaseOptions& options = {});

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
  int recover_orphans(std::int64_t study) override;
  std::vector<TrialRecord> read_trials(std::int64_t study, std::int64_t after) override;
  bool changed() override;

 private:
  // All trials of a study with a key up to `id` are finished; there are `count` of them.
  struct Watermark {
    std::int64_t id = 0;
    int count = 0;
  };
  std::optional<StudyInfo> read_study(const std::string& name);
  std::int64_t insert_trial(std::int64_t study, int number, TrialState state,
                            std::int64_t start_time);
  int count_trials(std::int64_t study);
  void check_owned(std::int64_t trial, const std::string& token);
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
  std::map<std::int64_t, Watermark> watermarks_;
  std::int64_t data_version_ = -1;
};

}  // namespace hone::tune
