// Writing studies and trials to SQLite. Reading them is in sqlite_read.cpp.
#include "tune/storage/sqlite_storage.h"

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

SqliteStorage::SqliteStorage(const std::string& path, const DatabaseOptions& options,
                             double lease_seconds)
    : database_(path, options), workers_(database_, lease_seconds) {
  prepare_schema(database_);
}

SqliteStorage::~SqliteStorage() {
  if (!heart_.joinable()) return;
  {
    const Lock lock(mutex_);
    closed_ = true;
  }
  closing_.notify_all();
  heart_.join();
  try {
    database_.set_patient(false);
    release_abandoned();
    Transaction transaction(database_);
    workers_.bury();
    workers_.leave();
    transaction.commit();
  } catch (const std::exception&) {
    // The end of the lock on the side file says it, too.
  }
  workers_.tidy();
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
    fail_store("{}: the study was removed by another program", printable(database_.path()));
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

StartPlan SqliteStorage::plan(const StartRequest& request, Watermark& mark) {
  std::vector<QueueRow> rows;
  read_queue(request.study_id, mark, rows);
  return plan_start(mark.count, rows, request);
}

Started SqliteStorage::start(const StartRequest& request) {
  const Lock lock(mutex_);
  Started started;
  const auto refused = [&](const StartPlan& plan) {
    started.kind = plan.kind;
    started.blocker = plan.blocker;
    waiting_ = plan.kind != Started::Kind::started;
    return waiting_;
  };
  release_abandoned();
  Watermark mark = watermarks_[request.study_id];
  if (waiting_) {  // looks first, without the write lock
    check_file_each_second();
    if (refused(plan(request, mark))) {
      watermarks_[request.study_id] = mark;
      return started;
    }
  }
  if (!heart_.joinable()) join();
  Transaction transaction(database_);
  const StartPlan chosen = plan(request, mark);
  if (!refused(chosen)) {
    started.trial.id = chosen.claim;
    started.trial.number = chosen.number;
    claim(started, request);
    transaction.commit();
  }
  watermarks_[request.study_id] = mark;
  return started;
}

void SqliteStorage::join() {
  {
    Transaction transaction(database_);
    workers_.beat();
    transaction.commit();
  }
  try {
    heart_ = std::thread([this] { keep_alive(); });
  } catch (const std::system_error& error) {
    fail_store("{}: no thread can be had for the heartbeat: {}", printable(database_.path()),
               error.what());
  }
}

void SqliteStorage::keep_alive() {
  std::unique_lock lock(mutex_);
  const std::chrono::duration<double> lease(workers_.lease_seconds());
  bool late = false;
  while (!closing_.wait_for(lock, late ? lease / 16 : lease / 4, [this] { return closed_; })) {
    database_.set_patient(false);  // never keeps the others waiting for a lock
    late = true;
    try {
      release_abandoned();
      Transaction transaction(database_);
      workers_.beat();
      transaction.commit();
      late = false;
    } catch (const std::exception&) {
      // The next call of the study meets the same fault and reports it.
    }
    database_.set_patient(true);
  }
}

void SqliteStorage::check_file_each_second() {
  const auto now = std::chrono::steady_clock::now();
  if (now - file_checked_ < std::chrono::seconds(1)) return;
  database_.check_file();
  file_checked_ = now;
}

void SqliteStorage::claim(Started& started, const StartRequest& request) {
  TrialRecord& trial = started.trial;
  trial.state = TrialState::running;
  trial.start_time = now_microseconds();
  started.token = new_token();
  started.seen = request.seen;
  const bool known = trial.id >= 0;
  if (!known) {
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
  Query(database_,
        "INSERT INTO hone_trials (trial_id, token, worker, seen) VALUES (?, ?, ?, ?) ON CONFLICT "
        "(trial_id) DO UPDATE SET token=excluded.token, worker=excluded.worker, "
        "seen=excluded.seen, released=0, enqueued_params=NULL")
      .bind(trial.id)
      .bind(started.token)
      .bind(workers_.id())
      .bind(started.seen)
      .run();
  if (known) read_attributes(database_, trial);
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

bool SqliteStorage::owned(std::int64_t trial, const std::string& token) {
  return Query(database_,
               "SELECT 1 FROM trials t JOIN hone_trials h ON h.trial_id=t.trial_id "
               "WHERE t.trial_id=? AND t.state='RUNNING' AND h.token=?")
      .bind(trial)
      .bind(token)
      .step();
}

void SqliteStorage::check_owned(std::int64_t trial, const std::string& token) {
  if (!owned(trial, token))
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
  try {
    Transaction transaction(database_);
    check_owned(trial, token);
    requeue(trial);
    transaction.commit();
  } catch (const StoreError&) {
    abandoned_.push_back({trial, token});
    throw;
  }
}

void SqliteStorage::release_abandoned() {
  if (abandoned_.empty()) return;
  Transaction transaction(database_);
  for (const Abandoned& left : abandoned_)
    if (owned(left.trial, left.token)) requeue(left.trial);
  transaction.commit();
  abandoned_.clear();
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

std::vector<SqliteStorage::Held> SqliteStorage::read_held(std::int64_t study) {
  std::vector<Held> list;
  Query query(database_,
              "SELECT h.trial_id, t.number, h.token, t.datetime_start, w.worker, w.pid, w.host, "
              "w.boot_id, w.lock_device, w.lock_inode, w.lock_at, w.lease_ms, w.beat_ms FROM "
              "hone_trials h JOIN trials t ON t.trial_id=h.trial_id LEFT JOIN hone_workers w ON "
              "w.worker=h.worker WHERE h.token IS NOT NULL AND t.study_id=? AND t.state='RUNNING' "
              "ORDER BY t.number");
  for (query.bind(study); query.step();) {
    Held held{query.integer(0), static_cast<int>(query.integer(1)), query.text(2),
              time_from_text(query.text(3)).value_or(0), read_worker(query, 4)};
    if (held.worker.id.empty()) {  // made by a version that had no leases
      held.worker.id = fmt::format("trial {}", held.trial);
      held.worker.lease_ms = static_cast<std::int64_t>(workers_.lease_seconds() * 1000);
      held.worker.beat_ms = held.start_time / 1000;
    }
    list.push_back(std::move(held));
  }
  return list;
}

int SqliteStorage::recover_orphans(std::int64_t study, TakeOver whose) {
  const Lock lock(mutex_);
  release_abandoned();
  std::vector<Held> orphans = read_held(study);
  std::erase_if(orphans, [&](const Held& held) {
    return held.worker.id == workers_.id() ||
           (whose == TakeOver::dead && !workers_.judge(held.worker).dead);
  });
  if (orphans.empty()) return 0;
  Transaction transaction(database_);
  std::erase_if(orphans, [&](const Held& held) { return !owned(held.trial, held.token); });
  for (const Held& held : orphans) requeue(held.trial);
  workers_.bury();
  transaction.commit();
  return static_cast<int>(orphans.size());
}

std::vector<Holder> SqliteStorage::holders(std::int64_t study) {
  const Lock lock(mutex_);
  std::vector<Holder> list;
  for (const Held& held : read_held(study)) {
    if (held.worker.id == workers_.id()) continue;
    const Standing standing = workers_.judge(held.worker);
    const Process& process = held.worker.process;
    list.push_back({held.number,
                    process.pid == 0 ? ""
                                     : fmt::format("process {} on host {}", process.pid,
                                                   printable(process.host)),
                    held.start_time, standing.alive, standing.lease_left});
  }
  return list;
}

bool SqliteStorage::changed() {
  const Lock lock(mutex_);
  check_file_each_second();
  Query query(database_, "PRAGMA data_version");
  const std::int64_t version = query.step() ? query.integer(0) : 0;
  const bool changed = version != data_version_;
  data_version_ = version;
  return changed;
}

}  // namespace hone::tune
