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
  void adopt_study(std::int64_t study, const std::map<std::string, std::string>& settings) override;
  void set_study_attr(std::int64_t study, bool system, const std::string& key,
                      const std::string& json) override;
  int enqueue(std::int64_t study, const Attributes& user_attrs,
              const Attributes& system_attrs) override;
  Started start(const StartRequest& request) override;
  void write(std::int64_t trial, const std::string& token, TrialChange& change) override;
  void release(std::int64_t trial, const std::string& token) override;
  int recover_orphans(std::int64_t study, TakeOver whose) override;
  std::vector<Holder> holders(std::int64_t study) override;
  std::vector<TrialRecord> read_trials(std::int64_t study, std::int64_t after) override;
  bool changed() override { return false; }

 private:
  struct Entry {
    TrialRecord record;
    std::string token, seen;
    std::map<int, std::string> report_seen;
    bool released = false;
    std::string enqueued_params;  // fixed_params before the release
  };
  struct StudyData {
    StudyInfo info;
    std::vector<std::int64_t> trials;  // indices into entries_, by number
    std::size_t finished_prefix = 0;   // the first so many are finished
  };
  StudyData& study(std::int64_t id);
  Entry& owned(std::int64_t trial, const std::string& token);
  std::int64_t add_trial(StudyData& data);

  std::mutex mutex_;
  std::map<std::int64_t, StudyData> studies_;
  std::map<std::int64_t, Entry> entries_;
  std::int64_t next_study_ = 1, next_trial_ = 1;
};

}  // namespace hone::tune
