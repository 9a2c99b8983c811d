// A storage that lives as long as its object: for scripts, tests and benchmarks.
#pragma once

#include <mutex>

#include "tune/storage/storage.h"

namespace hone::tune {

class MemoryStorage : public Storage {
 public:
  std::string description() const override { return "memory"; }
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
  int release(std::int64_t trial, const std::string& token, ReleaseReason reason) override;
  int recover_orphans(const StudyKey& study, TakeOver whose) override;
  void leave(std::int64_t trial, const std::string& token) override;
  std::string take(const StudyKey& study, std::int64_t trial) override;
  std::vector<Holder> holders(const StudyKey& study) override;
  std::vector<TrialRecord> read_trials(const StudyKey& study) override;
  std::vector<ReportNote> read_notes(const StudyKey& study, std::int64_t trial) override;
  void add_rerun(const StudyKey& study, const Rerun& rerun) override;
  std::vector<Rerun> read_reruns(const StudyKey& study) override;
  std::vector<TrialRecord> read_finished(const StudyKey& study, ReadCursor& cursor) override;
  bool changed() override { return false; }

 private:
  struct Entry {
    TrialRecord record;
    std::string token, seen;
    std::map<int, ReportNote> notes;  // by step
    bool released = false;
    int faults = 0;
    std::string enqueued_params;  // fixed_params before the release
    std::string given_params;     // of the running start
  };
  struct StudyData {
    StudyInfo info;
    std::vector<std::int64_t> trials;              // indices into entries_, by number
    std::size_t finished_prefix = 0;               // the first so many are finished
    std::map<std::pair<int, int>, double> reruns;  // by number and seed
  };
  StudyData& study(const StudyKey& key);
  Entry& owned(std::int64_t trial, const std::string& token);
  std::int64_t add_trial(StudyData& data);

  std::mutex mutex_;
  std::map<std::int64_t, StudyData> studies_;
  std::map<std::int64_t, Entry> entries_;
  std::int64_t next_study_ = 1, next_trial_ = 1;
};

}  // namespace hone::tune
