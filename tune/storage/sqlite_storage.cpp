// Writing studies and trials to SQLite. Reading them is in sqlite_read.cpp.
#include "tune/storage/sqlite_storage.h"

#include <unistd.h>

#include <cmath>

#include "tune/storage/sqlite_read.h"
#include "tune/storage/sqlite_schema.h"
#include "tune/time_text.h"

namespace hone::tune {
namespace {

using Lock = std::lock_guard<std::mutex>;

// A double as Optuna stores it: a number and FINITE, or NULL and the name of the special value.
void bind_special(Query& query, double value) {
  if (std::isfinite(value)) {
    query.bind(value).bind(std::string("FINITE"));
  } else {
    query.bind_null().bind(std::string(std::isnan(value) ? "NAN"
                                       : value > 0       ? "INF_POS"
                                                         : "INF_NEG"));
  }
}

}  // namespace

SqliteStorage::SqliteStorage(const std::string& path, const DatabaseOptions& options)
    : database_(path, options) {
  prepare_schema(database_);
}

std::pair<StudyInfo, bool> SqliteStorage::find_or_create_study(
    const std::string& name, const std::vector<Direction>& directions,
    const std::map<std::string, std::string>& settings) {
  const Lock lock(mutex_);
  Transaction transaction(database_);
  if (auto found = read_study(name)) return {*found, false};
  Query(database_, "INSERT INTO studies (study_name) VALUES (?)").bind(name).run();
  const std::int64_t id = database_.last_id();
  for (std::size_t objective = 0; objective < directions.size(); ++objective)
    Query(database_,
          "INSERT INTO study_directions (direction, study_id, objective) VALUES (?, ?, ?)")
        .bind(std::string(directions[objective] == Direction::minimize ? "MINIMIZE" : "MAXIMIZE"))
        .bind(id)
        .bind(static_cast<std::int64_t>(objective))
        .run();
  Query(database_, "INSERT OR REPLACE INTO hone_studies (study_id, settings_json) VALUES (?, ?)")
      .bind(id)
      .bind(settings_to_json(settings))
      .run();
  transaction.commit();
  StudyInfo info;
  info.id = id;
  info.name = name;
  info.directions = directions;
  info.settings = settings;
  return {info, true};
}

bool SqliteStorage::remove_study(const std::string& name) {
  const Lock lock(mutex_);
  Transaction transaction(database_);
  std::int64_t id = 0;
  {
    Query query(database_, "SELECT study_id FROM studies WHERE study_name=?");
    if (!query.bind(name).step()) return false;
    id = query.integer(0);
  }
  constexpr std::string_view kDeletions[] = {
      "DELETE FROM trial_params WHERE trial_id IN (SELECT trial_id FROM trials WHERE study_id=?)",
      "DELETE FROM trial_values WHERE trial_id IN (SELECT trial_id FROM trials WHERE study_id=?)",
      "DELETE FROM trial_intermediate_values WHERE trial_id IN (SELECT trial_id FROM trials WHERE "
      "study_id=?)",
      "DELETE FROM trial_user_attributes WHERE trial_id IN (SELECT trial_id FROM trials WHERE "
      "study_id=?)",
      "DELETE FROM trial_system_attributes WHERE trial_id IN (SELECT trial_id FROM trials WHERE "
      "study_id=?)",
      "DELETE FROM trial_heartbeats WHERE trial_id IN (SELECT trial_id FROM trials WHERE "
      "study_id=?)",
      "DELETE FROM hone_trials WHERE trial_id IN (SELECT trial_id FROM trials WHERE study_id=?)",
      "DELETE FROM hone_reports WHERE trial_id IN (SELECT trial_id FROM trials WHERE study_id=?)",
      "DELETE FROM trials WHERE study_id=?",
      "DELETE FROM study_directions WHERE study_id=?",
      "DELETE FROM study_user_attributes WHERE study_id=?",
      "DELETE FROM study_system_attributes WHERE study_id=?",
      "DELETE FROM hone_studies WHERE study_id=?",
      "DELETE FROM studies WHERE study_id=?",
  };
  for (const std::string_view sql : kDeletions) Query(database_, sql).bind(id).run();
  transaction.commit();
  watermarks_.erase(id);
  return true;
}

void SqliteStorage::adopt_study(std::int64_t study,
                                const std::map<std::string, std::string>& settings) {
  const Lock lock(mutex_);
  Transaction transaction(database_);
  Query(database_, "INSERT OR IGNORE INTO hone_studies (study_id, settings_json) VALUES (?, ?)")
      .bind(study)
      .bind(settings_to_json(settings))
      .run();
  transaction.commit();
}

void SqliteStorage::set_study_attr(std::int64_t study, bool system, const std::string& key,
                                   const std::string& json) {
  const Lock lock(mutex_);
  Transaction transaction(database_);
  Query(
      database_,
      system
          ? "INSERT INTO study_system_attributes (study_id, \"key\", value_json) VALUES (?, ?, ?) "
            "ON CONFLICT (study_id, \"key\") DO UPDATE SET value_json=excluded.value_json"
          : "INSERT INTO study_user_attributes (study_id, \"key\", value_json) VALUES (?, ?, ?) "
            "ON CONFLICT (study_id, \"key\") DO UPDATE SET value_json=excluded.value_json")
      .bind(study)
      .bind(key)
      .bind(json)
      .run();
  transaction.commit();
}

void SqliteStorage::set_trial_attr(std::int64_t trial, bool system, const std::string& key,
                                   const std::string& json) {
  Query(
      database_,
      system
          ? "INSERT INTO trial_system_attributes (trial_id, \"key\", value_json) VALUES (?, ?, ?) "
            "ON CONFLICT (trial_id, \"key\") DO UPDATE SET value_json=excluded.value_json"
          : "INSERT INTO trial_user_attributes (trial_id, \"key\", value_json) VALUES (?, ?, ?) "
            "ON CONFLICT (trial_id, \"key\") DO UPDATE SET value_json=excluded.value_json")
      .bind(trial)
      .bind(key)
      .bind(json)
      .run();
}

int SqliteStorage::count_trials(std::int64_t study) {
  if (!Query(database_, "SELECT 1 FROM studies WHERE study_id=?").bind(study).step())
    fail(ErrorKind::storage, "{}: the study was removed by another program",
         printable(database_.path()));
  Query query(database_, "SELECT COUNT(*) FROM trials WHERE study_id=?");
  query.bind(study).step();
  return static_cast<int>(query.integer(0));
}

std::int64_t SqliteStorage::insert_trial(std::int64_t study, int number, TrialState state,
                                         std::int64_t start_time) {
  Query insert(database_,
               "INSERT INTO trials (number, study_id, state, datetime_start) VALUES (?, ?, ?, ?)");
  insert.bind(std::int64_t{number}).bind(study).bind(std::string(state_name(state)));
  start_time == 0 ? insert.bind_null() : insert.bind(time_text(start_time));
  insert.run();
  return database_.last_id();
}

int SqliteStorage::enqueue(std::int64_t study, const Attributes& user_attrs,
                           const Attributes& system_attrs) {
  const Lock lock(mutex_);
  Transaction transaction(database_);
  const int number = count_trials(study);
  const std::int64_t trial = insert_trial(study, number, TrialState::waiting, 0);
  for (const auto& [key, json] : user_attrs) set_trial_attr(trial, false, key, json);
  for (const auto& [key, json] : system_attrs) set_trial_attr(trial, true, key, json);
  transaction.commit();
  return number;
}

Started SqliteStorage::start(const StartRequest& request) {
  const Lock lock(mutex_);
  Transaction transaction(database_);
  Watermark mark = watermarks_[request.study_id];
  std::vector<QueueRow> rows;
  read_queue(request.study_id, mark, rows);
  const StartPlan plan = plan_start(mark.count, rows, request);
  Started started;
  started.kind = plan.kind;
  started.blocker = plan.blocker;
  if (plan.kind == Started::Kind::started) {
    started.trial.id = plan.claim;
    started.trial.number = plan.number;
    claim(started, request);
  }
  transaction.commit();
  watermarks_[request.study_id] = mark;
  return started;
}

void SqliteStorage::claim(Started& started, const StartRequest& request) {
  TrialRecord& trial = started.trial;
  trial.state = TrialState::running;
  trial.start_time = now_microseconds();
  started.token = new_token();
  started.seen = request.seen;
  if (trial.id < 0) {
    trial.id = insert_trial(request.study_id, trial.number, TrialState::running, trial.start_time);
  } else {
    // A queued trial of ours is RUNNING already; an enqueued one is WAITING.
    Query(database_,
          "UPDATE trials SET state='RUNNING', datetime_start=? WHERE trial_id=? AND "
          "(state='WAITING' OR (state='RUNNING' AND EXISTS (SELECT 1 FROM hone_trials h WHERE "
          "h.trial_id=trials.trial_id AND h.released=1 AND h.token IS NULL)))")
        .bind(time_text(trial.start_time))
        .bind(trial.id)
        .run();
    if (database_.changes() != 1)
      throw FencedError(fmt::format("{}: trial {} was taken by another program",
                                    printable(database_.path()), trial.number));
    started.fixed_params = fixed_params(trial.id);
    Query old(database_, "SELECT seen, released FROM hone_trials WHERE trial_id=?");
    if (old.bind(trial.id).step() && old.integer(1) == 1) {
      started.rerun = true;
      started.seen = old.text(0);
      Query reports(database_, "SELECT step, seen FROM hone_reports WHERE trial_id=?");
      for (reports.bind(trial.id); reports.step();)
        started.report_seen[static_cast<int>(reports.integer(0))] = reports.text(1);
      restore_enqueued(trial.id);
    }
  }
  static const Owner kStartOwner = this_process();
  Owner owner = kStartOwner;
  if (owner.pid != ::getpid()) owner = this_process();
  Query(database_,
        "INSERT OR REPLACE INTO hone_trials (trial_id, token, pid, host, boot_id, pid_namespace, "
        "process_start, seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(trial.id)
      .bind(started.token)
      .bind(owner.pid)
      .bind(owner.host)
      .bind(owner.boot_id)
      .bind(owner.pid_namespace)
      .bind(owner.process_start)
      .bind(started.seen)
      .run();
  read_attributes(database_, trial);
}

// A trial that runs again gets back the fixed_params it was enqueued with, or none.
void SqliteStorage::restore_enqueued(std::int64_t trial) {
  Query old(database_, "SELECT enqueued_params FROM hone_trials WHERE trial_id=?");
  const std::string enqueued = old.bind(trial).step() ? old.text(0) : "";
  if (enqueued.empty()) {
    Query(database_,
          "DELETE FROM trial_system_attributes WHERE trial_id=? AND \"key\"='fixed_params'")
        .bind(trial)
        .run();
  } else {
    set_trial_attr(trial, true, "fixed_params", enqueued);
  }
}

void SqliteStorage::check_owned(std::int64_t trial, const std::string& token) {
  Query query(database_,
              "SELECT 1 FROM trials t JOIN hone_trials h ON h.trial_id=t.trial_id "
              "WHERE t.trial_id=? AND t.state='RUNNING' AND h.token=?");
  if (!query.bind(trial).bind(token).step())
    throw FencedError(
        fmt::format("{}: the trial is no longer run by this worker; its result is dropped",
                    printable(database_.path())));
}

void SqliteStorage::write(std::int64_t trial, const std::string& token, TrialChange& change) {
  const Lock lock(mutex_);
  Transaction transaction(database_);
  check_owned(trial, token);
  insert_change(trial, change);
  if (change.final_state) finish(trial, change);
  transaction.commit();
}

void SqliteStorage::insert_change(std::int64_t trial, const TrialChange& change) {
  for (const Parameter& parameter : change.params)
    Query(database_,
          "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES "
          "(?, ?, ?, ?)")
        .bind(trial)
        .bind(parameter.name)
        .bind(parameter.internal)
        .bind(to_json(parameter.distribution))
        .run();
  for (const auto& [step, value] : change.reports) {
    Query insert(database_,
                 "INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value, "
                 "intermediate_value_type) VALUES (?, ?, ?, ?)");
    insert.bind(trial).bind(std::int64_t{step});
    bind_special(insert, value);
    insert.run();
  }
  for (const ReportNote& note : change.notes)
    Query(database_,
          "INSERT OR REPLACE INTO hone_reports (trial_id, step, prune, reason, seen) VALUES (?, ?, "
          "?, ?, ?)")
        .bind(trial)
        .bind(std::int64_t{note.step})
        .bind(std::int64_t{note.prune})
        .bind(note.reason)
        .bind(note.seen)
        .run();
  for (const auto& [key, json] : change.user_attrs) set_trial_attr(trial, false, key, json);
  for (const auto& [key, json] : change.system_attrs) set_trial_attr(trial, true, key, json);
  if (change.seen)
    Query(database_, "UPDATE hone_trials SET seen=? WHERE trial_id=?")
        .bind(*change.seen)
        .bind(trial)
        .run();
}

void SqliteStorage::finish(std::int64_t trial, TrialChange& change) {
  change.end_time = now_microseconds();
  Query(database_,
        "UPDATE trials SET state=?, datetime_complete=? WHERE trial_id=? AND state='RUNNING'")
      .bind(std::string(state_name(*change.final_state)))
      .bind(time_text(change.end_time))
      .bind(trial)
      .run();
  if (database_.changes() != 1)
    throw FencedError("the trial ended meanwhile; its result is dropped");
  Query(database_, "UPDATE hone_trials SET token=NULL WHERE trial_id=?").bind(trial).run();
  for (std::size_t objective = 0; objective < change.values.size(); ++objective) {
    Query insert(
        database_,
        "INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (?, ?, ?, ?)");
    insert.bind(trial).bind(static_cast<std::int64_t>(objective));
    bind_special(insert, change.values[objective]);
    insert.run();
  }
}

void SqliteStorage::release(std::int64_t trial, const std::string& token) {
  const Lock lock(mutex_);
  Transaction transaction(database_);
  check_owned(trial, token);
  requeue(trial);
  transaction.commit();
}

// The caller has found the trial RUNNING, within the same transaction. It stays so in Optuna's
// table, with its start time: a WAITING one would be taken and begun anew by any Python worker.
void SqliteStorage::requeue(std::int64_t trial) {
  const std::string given = fixed_params(trial);
  const std::string merged = merge_fixed_params(given, read_params(trial));
  if (!merged.empty()) set_trial_attr(trial, true, "fixed_params", merged);
  for (const std::string_view sql : {"DELETE FROM trial_params WHERE trial_id=?",
                                     "DELETE FROM trial_intermediate_values WHERE trial_id=?",
                                     "DELETE FROM trial_values WHERE trial_id=?",
                                     "DELETE FROM trial_heartbeats WHERE trial_id=?"})
    Query(database_, sql).bind(trial).run();
  Query(database_,
        "UPDATE hone_trials SET token=NULL, released=1, enqueued_params=? WHERE trial_id=?")
      .bind(given)
      .bind(trial)
      .run();
}

int SqliteStorage::recover_orphans(std::int64_t study) {
  const Lock lock(mutex_);
  Transaction transaction(database_);
  std::vector<std::int64_t> orphans;
  {
    Query query(
        database_,
        "SELECT t.trial_id, h.pid, h.host, h.boot_id, h.pid_namespace, h.process_start FROM trials "
        "t "
        "JOIN hone_trials h ON h.trial_id=t.trial_id WHERE t.study_id=? AND t.state='RUNNING' AND "
        "h.token IS NOT NULL ORDER BY t.trial_id");
    for (query.bind(study); query.step();) {
      const Owner owner{query.integer(1), query.text(2), query.text(3), query.text(4),
                        query.text(5)};
      if (is_dead(owner)) orphans.push_back(query.integer(0));
    }
  }
  for (const std::int64_t trial : orphans) requeue(trial);
  transaction.commit();
  return static_cast<int>(orphans.size());
}

bool SqliteStorage::changed() {
  const Lock lock(mutex_);
  Query query(database_, "PRAGMA data_version");
  const std::int64_t version = query.step() ? query.integer(0) : 0;
  const bool changed = version != data_version_;
  data_version_ = version;
  return changed;
}

}  // namespace hone::tune
