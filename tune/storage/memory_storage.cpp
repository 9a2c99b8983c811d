// The storage in memory: the same rules as the database, on maps under one lock.
#include "tune/storage/memory_storage.h"

#include "tune/storage/rules.h"
#include "tune/time_text.h"

namespace hone::tune {

using Lock = std::lock_guard<std::mutex>;

MemoryStorage::StudyData& MemoryStorage::study(std::int64_t id) {
  const auto found = studies_.find(id);
  if (found == studies_.end()) fail_store("memory: the study was removed");
  return found->second;
}

MemoryStorage::Entry& MemoryStorage::owned(std::int64_t trial, const std::string& token) {
  const auto found = entries_.find(trial);
  if (found == entries_.end() || found->second.record.state != TrialState::running ||
      token.empty() || found->second.token != token)
    throw FencedError("memory: the trial is no longer run by this worker; its result is dropped");
  return found->second;
}

std::int64_t MemoryStorage::add_trial(StudyData& data) {
  const std::int64_t id = next_trial_++;
  TrialRecord& record = entries_[id].record;
  record.id = id;
  record.number = static_cast<int>(data.trials.size());
  data.trials.push_back(id);
  return id;
}

std::pair<StudyInfo, bool> MemoryStorage::find_or_create_study(
    const std::string& name, const std::vector<Direction>& directions,
    const std::map<std::string, std::string>& settings) {
  const Lock lock(mutex_);
  for (const auto& [id, data] : studies_)
    if (data.info.name == name) return {data.info, false};
  StudyInfo info;
  info.id = next_study_++;
  info.name = name;
  info.directions = directions;
  info.settings = settings;
  studies_[info.id].info = info;
  return {info, true};
}

std::optional<StudyInfo> MemoryStorage::find_study(const std::string& name) {
  const Lock lock(mutex_);
  for (const auto& [id, data] : studies_)
    if (data.info.name == name) return data.info;
  return std::nullopt;
}

std::vector<StudySummary> MemoryStorage::list_studies() {
  const Lock lock(mutex_);
  std::vector<StudySummary> list;
  for (const auto& [id, data] : studies_) {
    StudySummary summary;
    summary.name = data.info.name;
    summary.directions = data.info.directions;
    for (const std::int64_t trial : data.trials) {
      const TrialRecord& record = entries_.at(trial).record;
      count_state(summary, record.state, 1);
      if (record.state == TrialState::complete && !record.values.empty())
        keep_best(summary, record.values.front());
    }
    list.push_back(summary);
  }
  return list;
}

bool MemoryStorage::remove_study(const std::string& name) {
  const auto found = find_study(name);
  if (!found) return false;
  const Lock lock(mutex_);
  for (const std::int64_t trial : study(found->id).trials) entries_.erase(trial);
  return studies_.erase(found->id) == 1;
}

void MemoryStorage::adopt_study(std::int64_t id,
                                const std::map<std::string, std::string>& settings) {
  const Lock lock(mutex_);
  if (!study(id).info.settings) study(id).info.settings = settings;
}

void MemoryStorage::set_study_attr(std::int64_t id, bool system, const std::string& key,
                                   const std::string& json) {
  const Lock lock(mutex_);
  StudyInfo& info = study(id).info;
  (system ? info.system_attrs : info.user_attrs)[key] = json;
}

int MemoryStorage::enqueue(std::int64_t id, const Attributes& user_attrs,
                           const Attributes& system_attrs) {
  const Lock lock(mutex_);
  TrialRecord& record = entries_[add_trial(study(id))].record;
  record.state = TrialState::waiting;
  record.user_attrs = user_attrs;
  record.system_attrs = system_attrs;
  return record.number;
}

Started MemoryStorage::start(const StartRequest& request) {
  const Lock lock(mutex_);
  StudyData& data = study(request.study_id);
  while (data.finished_prefix < data.trials.size() &&
         is_finished(entries_.at(data.trials[data.finished_prefix]).record.state))
    ++data.finished_prefix;
  std::vector<QueueRow> rows;
  for (std::size_t i = data.finished_prefix; i < data.trials.size(); ++i) {
    const Entry& entry = entries_.at(data.trials[i]);
    rows.push_back({data.trials[i], entry.record.number, entry.record.state, !entry.token.empty()});
  }
  const StartPlan plan = plan_start(static_cast<int>(data.finished_prefix), rows, request);
  Started started;
  started.kind = plan.kind;
  started.blocker = plan.blocker;
  if (plan.kind != Started::Kind::started) return started;
  Entry& entry = entries_.at(plan.claim >= 0 ? plan.claim : add_trial(data));
  Attributes& system = entry.record.system_attrs;
  if (const auto fixed = system.find("fixed_params"); fixed != system.end())
    started.fixed_params = fixed->second;
  if (entry.released) {
    started.rerun = true;
    system.erase("fixed_params");
    if (!entry.enqueued_params.empty()) system["fixed_params"] = entry.enqueued_params;
    started.report_seen = entry.report_seen;
  } else {
    entry.seen = request.seen;
  }
  entry.released = false;
  entry.token = new_token();
  entry.record.state = TrialState::running;
  entry.record.start_time = now_microseconds();
  started.seen = entry.seen;
  started.token = entry.token;
  started.trial = entry.record;
  return started;
}

void MemoryStorage::write(std::int64_t trial, const std::string& token, TrialChange& change) {
  const Lock lock(mutex_);
  Entry& entry = owned(trial, token);
  if (change.final_state) change.end_time = now_microseconds();
  apply(change, entry.record);
  for (const ReportNote& note : change.notes) entry.report_seen[note.step] = note.seen;
  if (change.seen) entry.seen = *change.seen;
  if (change.final_state) entry.token.clear();
}

void MemoryStorage::release(std::int64_t trial, const std::string& token) {
  const Lock lock(mutex_);
  Entry& entry = owned(trial, token);
  TrialRecord& record = entry.record;
  const auto fixed = record.system_attrs.find("fixed_params");
  entry.enqueued_params = fixed == record.system_attrs.end() ? "" : fixed->second;
  const std::string merged = merge_fixed_params(entry.enqueued_params, record.params);
  if (!merged.empty()) record.system_attrs["fixed_params"] = merged;
  record.params.clear();
  record.intermediate.clear();
  record.state = TrialState::waiting;
  record.start_time = 0;
  entry.token.clear();
  entry.released = true;
}

// Memory dies with its process: there are no orphans, and no other workers.
int MemoryStorage::recover_orphans(std::int64_t, TakeOver) { return 0; }
std::vector<Holder> MemoryStorage::holders(std::int64_t) { return {}; }

std::vector<TrialRecord> MemoryStorage::read_trials(std::int64_t id, std::int64_t after) {
  const Lock lock(mutex_);
  std::vector<TrialRecord> records;
  for (const std::int64_t trial : study(id).trials)
    if (trial > after) records.push_back(entries_.at(trial).record);
  return records;
}

}  // namespace hone::tune
