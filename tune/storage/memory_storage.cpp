// The storage in memory: the same rules as the database, on maps under one lock.
#include "tune/storage/memory_storage.h"

#include <algorithm>

#include "tune/storage/rules.h"
#include "tune/time_text.h"

namespace hone::tune {

using Lock = std::lock_guard<std::mutex>;

MemoryStorage::StudyData& MemoryStorage::study(const StudyKey& key) {
  const auto found = studies_.find(key.id);
  if (found == studies_.end() || found->second.info.key.token != key.token)
    fail_store("memory: the study was removed");
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
  info.key = {next_study_++, new_token()};
  info.name = name;
  info.directions = directions;
  if (!settings.empty()) info.settings = settings;
  studies_[info.key.id].info = info;
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
  for (const std::int64_t trial : study(found->key).trials) entries_.erase(trial);
  return studies_.erase(found->key.id) == 1;
}

StudyKey MemoryStorage::adopt_study(const StudyKey& id,
                                    const std::map<std::string, std::string>& settings) {
  const Lock lock(mutex_);
  auto& stored = study(id).info.settings;
  if (!stored) stored.emplace();
  stored->insert(settings.begin(), settings.end());
  return id;
}

void MemoryStorage::set_study_attr(const StudyKey& id, bool system, const std::string& key,
                                   const std::string& json) {
  const Lock lock(mutex_);
  StudyInfo& info = study(id).info;
  (system ? info.system_attrs : info.user_attrs)[key] = json;
}

int MemoryStorage::enqueue(const StudyKey& id, const Attributes& user_attrs,
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
  StudyData& data = study(request.study);
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
    for (const auto& [step, note] : entry.notes) started.report_seen[step] = note.seen;
  } else {
    entry.seen = request.seen;
  }
  entry.given_params = started.fixed_params;
  entry.released = false;
  entry.token = new_token();
  entry.record.state = TrialState::running;
  entry.record.start_time = now_microseconds();
  started.seen = entry.seen;
  started.faults = entry.faults;
  started.token = entry.token;
  started.trial = entry.record;
  return started;
}

void MemoryStorage::write(std::int64_t trial, const std::string& token, TrialChange& change) {
  const Lock lock(mutex_);
  Entry& entry = owned(trial, token);
  if (change.final_state) change.end_time = now_microseconds();
  apply(change, entry.record);
  for (const ReportNote& note : change.notes) entry.notes[note.step] = note;
  if (change.seen) entry.seen = *change.seen;
  if (change.final_state) entry.token.clear();
}

int MemoryStorage::release(std::int64_t trial, const std::string& token, ReleaseReason reason) {
  const Lock lock(mutex_);
  Entry& entry = owned(trial, token);
  TrialRecord& record = entry.record;
  const auto fixed = record.system_attrs.find("fixed_params");
  entry.enqueued_params = fixed == record.system_attrs.end() ? "" : fixed->second;
  const std::string merged = merge_fixed_params(
      entry.given_params.empty() ? entry.enqueued_params : entry.given_params, record.params);
  if (!merged.empty()) record.system_attrs["fixed_params"] = merged;
  record.params.clear();
  record.intermediate.clear();
  std::erase_if(record.system_attrs,
                [](const auto& attr) { return attr.first.starts_with(kPrunerNote); });
  record.state = TrialState::waiting;
  record.start_time = 0;
  entry.token.clear();
  entry.released = true;
  if (reason == ReleaseReason::fault) ++entry.faults;
  return entry.faults;
}

int MemoryStorage::add_trial(const StudyKey& study_key, const TrialRecord& trial) {
  const Lock lock(mutex_);
  Entry& entry = entries_.at(add_trial(study(study_key)));
  const std::int64_t id = entry.record.id;
  const int number = entry.record.number;
  entry.record = trial;
  entry.record.id = id;
  entry.record.number = number;
  return number;
}

void MemoryStorage::leave(std::int64_t trial, const std::string& token) {
  const Lock lock(mutex_);
  owned(trial, token).token.clear();
}

std::string MemoryStorage::take(const StudyKey& study_key, std::int64_t trial) {
  const Lock lock(mutex_);
  study(study_key);
  const auto found = entries_.find(trial);
  if (found == entries_.end() || found->second.record.state != TrialState::running ||
      !found->second.token.empty())
    throw FencedError("memory: the trial does not run, or somebody holds it");
  return found->second.token = new_token();
}

std::vector<ReportNote> MemoryStorage::read_notes(const StudyKey& study_key, std::int64_t trial) {
  const Lock lock(mutex_);
  study(study_key);
  std::vector<ReportNote> notes;
  const auto found = entries_.find(trial);
  if (found == entries_.end()) return notes;
  for (const auto& [step, note] : found->second.notes) notes.push_back(note);
  return notes;
}

void MemoryStorage::add_rerun(const StudyKey& study_key, const Rerun& rerun) {
  const Lock lock(mutex_);
  StudyData& data = study(study_key);
  if (rerun.trial < 0 || static_cast<std::size_t>(rerun.trial) >= data.trials.size())
    fail_store("memory: the study has no trial {}", rerun.trial);
  data.reruns.emplace(std::pair(rerun.trial, rerun.seed), rerun.value);
}

std::vector<Rerun> MemoryStorage::read_reruns(const StudyKey& study_key) {
  const Lock lock(mutex_);
  std::vector<Rerun> list;
  for (const auto& [key, value] : study(study_key).reruns)
    list.push_back({key.first, key.second, value});
  return list;
}

// Memory dies with its process: there are no orphans, and no other workers.
int MemoryStorage::recover_orphans(const StudyKey&, TakeOver) { return 0; }
std::vector<Holder> MemoryStorage::holders(const StudyKey&) { return {}; }

std::vector<TrialRecord> MemoryStorage::read_trials(const StudyKey& id) {
  const Lock lock(mutex_);
  std::vector<TrialRecord> records;
  for (const std::int64_t trial : study(id).trials) records.push_back(entries_.at(trial).record);
  return records;
}

std::vector<TrialRecord> MemoryStorage::read_finished(const StudyKey& id, ReadCursor& cursor) {
  const Lock lock(mutex_);
  std::vector<std::int64_t> candidates = std::move(cursor.open);
  cursor.open.clear();
  const auto& trials = study(id).trials;
  candidates.insert(candidates.end(), std::upper_bound(trials.begin(), trials.end(), cursor.last),
                    trials.end());
  std::vector<TrialRecord> finished;
  for (const std::int64_t trial : candidates) {
    const TrialRecord& record = entries_.at(trial).record;
    if (is_finished(record.state)) {
      finished.push_back(record);
    } else {
      cursor.open.push_back(trial);
    }
  }
  if (!trials.empty()) cursor.last = trials.back();
  return finished;
}

}  // namespace hone::tune
