// Starting, writing and ending trials in an SQL database. Reading them is in sql_read.cpp, studies
// are in sql_studies.cpp.
#include "tune/storage/sql_storage.h"

#include <cmath>

#include "tune/storage/row_digest.h"
#include "tune/storage/sql_read.h"
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

SqlStorage::SqlStorage(std::unique_ptr<SqlConnection> connection, double lease_seconds)
    : connection_(std::move(connection)), workers_(*connection_, lease_seconds) {}

void SqlStorage::set_trial_attr(std::int64_t trial, bool system, const std::string& key,
                                const std::string& json) {
  Query(
      *connection_,
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

std::int64_t SqlStorage::insert_trial(std::int64_t study, int number, TrialState state,
                                      std::int64_t start_time) {
  Query insert(*connection_,
               "INSERT INTO trials (number, study_id, state, datetime_start) VALUES (?, ?, ?, ?)");
  insert.bind(std::int64_t{number}).bind(study).bind(std::string(state_name(state)));
  start_time == 0 ? insert.bind_null() : insert.bind(time_text(start_time));
  insert.run();
  return connection_->last_key();
}

int SqlStorage::enqueue(const StudyKey& study, const Attributes& user_attrs,
                        const Attributes& system_attrs) {
  const Lock lock(mutex_);
  return transact(kWrite, [&] {
    lock_study(study);
    const int number = next_number(study);
    const std::int64_t trial = insert_trial(study.id, number, TrialState::waiting, 0);
    for (const auto& [key, json] : user_attrs) set_trial_attr(trial, false, key, json);
    for (const auto& [key, json] : system_attrs) set_trial_attr(trial, true, key, json);
    if (!study.token.empty()) {
      Query(*connection_, "INSERT INTO hone_trials (trial_id) VALUES (?)").bind(trial).run();
      seal(trial, TrialState::waiting);
    }
    return number;
  });
}

int SqlStorage::add_trial(const StudyKey& study, const TrialRecord& trial) {
  const Lock lock(mutex_);
  return transact(kWrite, [&] {
    lock_study(study);
    const int number = next_number(study);
    const std::int64_t id = insert_trial(study.id, number, trial.state, trial.start_time);
    TrialChange change;
    change.params = trial.params;
    change.reports.assign(trial.intermediate.begin(), trial.intermediate.end());
    change.user_attrs = trial.user_attrs;
    change.system_attrs = trial.system_attrs;
    insert_change(id, change);
    insert_values(id, trial.values);
    if (trial.end_time != 0)
      Query(*connection_, "UPDATE trials SET datetime_complete=? WHERE trial_id=?")
          .bind(time_text(trial.end_time))
          .bind(id)
          .run();
    if (!study.token.empty()) {
      Query(*connection_, "INSERT INTO hone_trials (trial_id) VALUES (?)").bind(id).run();
      seal(id, trial.state);
    }
    return number;
  });
}

int SqlStorage::next_number(const StudyKey& study) {
  Query count(*connection_, "SELECT COUNT(*) FROM trials WHERE study_id=?");
  count.bind(study.id).step();
  return static_cast<int>(count.integer(0));
}

// Keeps the digest of a trial that nobody runs now.
void SqlStorage::seal(std::int64_t trial, TrialState state) {
  const std::string digest = make_seal(state, digest_of_trial(*connection_, trial));
  Query(*connection_, "UPDATE hone_trials SET token=NULL, digest=? WHERE trial_id=?")
      .bind(digest)
      .bind(trial)
      .run();
}

StartPlan SqlStorage::plan(const StartRequest& request, const char* study_row, Queue& queue) {
  std::vector<QueueRow> rows;
  read_queue(request.study, study_row, queue, rows);
  return plan_start(queue.finished, rows, request);
}

Started SqlStorage::start(const StartRequest& request) {
  const Lock lock(mutex_);
  release_abandoned();
  const Queue known = queues_[request.study.token];
  Queue queue;
  Started started;
  const auto look = [&] {
    queue = known;
    return start_new(request, queue);
  };
  if (waiting_) {  // looks first, without the write lock
    check_place_each_second();
    const StartPlan found = transact(kRead, [&] {
      queue = known;
      return plan(request, kStudyRow, queue);
    });
    started.kind = found.kind;
    started.blocker = found.blocker;
  }
  if (!waiting_ || started.kind == Started::Kind::started) {
    if (!heart_.joinable()) join();
    started = transact(kWrite, look);
  }
  waiting_ = started.kind != Started::Kind::started;
  queues_[request.study.token] = std::move(queue);
  return started;
}

// Takes the next trial, or says why there is none; in a write transaction.
Started SqlStorage::start_new(const StartRequest& request, Queue& queue) {
  const StartPlan chosen = plan(request, kLockedStudyRow, queue);
  Started started;
  started.kind = chosen.kind;
  started.blocker = chosen.blocker;
  if (chosen.kind == Started::Kind::started) {
    started.trial.id = chosen.claim;
    started.trial.number = chosen.number;
    claim(started, request);
  }
  return started;
}

void SqlStorage::claim(Started& started, const StartRequest& request) {
  TrialRecord& trial = started.trial;
  trial.state = TrialState::running;
  trial.start_time = now_microseconds();
  started.token = new_token();
  started.seen = request.seen;
  if (trial.id < 0) {
    trial.id = insert_trial(request.study.id, trial.number, TrialState::running, trial.start_time);
  } else {
    take_queued(started);
  }
  Query(*connection_,
        "INSERT INTO hone_trials (trial_id, token, worker, seen, given_params) VALUES (?, ?, ?, ?, "
        "?) ON CONFLICT (trial_id) DO UPDATE SET token=excluded.token, worker=excluded.worker, "
        "seen=excluded.seen, given_params=excluded.given_params, released=0, "
        "enqueued_params=NULL, digest=NULL")
      .bind(trial.id)
      .bind(started.token)
      .bind(workers_.id())
      .bind(started.seen)
      .bind(started.fixed_params)
      .run();
}

// A queued trial of ours is RUNNING already; an enqueued one is WAITING.
void SqlStorage::take_queued(Started& started) {
  TrialRecord& trial = started.trial;
  bool released = false;
  std::string enqueued;
  {
    Query old(*connection_,
              "SELECT h.seen, h.released, h.enqueued_params, h.faults, h.digest, t.state FROM "
              "trials t JOIN hone_trials h ON h.trial_id=t.trial_id WHERE t.trial_id=?");
    if (old.bind(trial.id).step()) {
      check_seal(
          old.text(4), old.text(5), [&] { return digest_of_trial(*connection_, trial.id); },
          place(), trial.number);
      released = old.integer(1) == 1;
      if (released) started.seen = old.text(0);
      enqueued = old.text(2);
      started.faults = static_cast<int>(old.integer(3));
    }
  }
  Query taken(*connection_,
              "UPDATE trials SET state='RUNNING', datetime_start=? WHERE trial_id=? AND "
              "(state='WAITING' OR (state='RUNNING' AND EXISTS (SELECT 1 FROM hone_trials h WHERE "
              "h.trial_id=trials.trial_id AND h.released=1 AND h.token IS NULL)))");
  taken.bind(time_text(trial.start_time)).bind(trial.id).run();
  if (taken.changes() != 1)
    throw FencedError(
        fmt::format("{}: trial {} was taken by another program", place(), trial.number));
  started.fixed_params = fixed_params(trial.id);
  if (released) {
    started.rerun = true;
    Query reports(*connection_, "SELECT step, seen FROM hone_reports WHERE trial_id=?");
    for (reports.bind(trial.id); reports.step();)
      started.report_seen[static_cast<int>(reports.integer(0))] = reports.text(1);
    restore_enqueued(trial.id, enqueued);
  }
  read_attributes(*connection_, trial);
}

// A trial that runs again gets back the fixed_params it was enqueued with, or none.
void SqlStorage::restore_enqueued(std::int64_t trial, const std::string& enqueued) {
  if (!enqueued.empty()) return set_trial_attr(trial, true, "fixed_params", enqueued);
  Query(*connection_,
        "DELETE FROM trial_system_attributes WHERE trial_id=? AND \"key\"='fixed_params'")
      .bind(trial)
      .run();
}

bool SqlStorage::owned(std::int64_t trial, const std::string& token) {
  return Query(*connection_,
               "SELECT 1 FROM trials t JOIN hone_trials h ON h.trial_id=t.trial_id "
               "WHERE t.trial_id=? AND t.state='RUNNING' AND h.token=? /*pg FOR UPDATE OF h */")
      .bind(trial)
      .bind(token)
      .step();
}

void SqlStorage::check_owned(std::int64_t trial, const std::string& token) {
  if (!owned(trial, token))
    throw FencedError(fmt::format(
        "{}: the trial is no longer run by this worker; its result is dropped", place()));
}

void SqlStorage::write(std::int64_t trial, const std::string& token, TrialChange& change) {
  const Lock lock(mutex_);
  transact(kWrite, [&] {
    check_owned(trial, token);
    insert_change(trial, change);
    if (change.final_state) finish(trial, change);
  });
}

void SqlStorage::insert_change(std::int64_t trial, const TrialChange& change) {
  for (const Parameter& parameter : change.params)
    Query(*connection_,
          "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES "
          "(?, ?, ?, ?)")
        .bind(trial)
        .bind(parameter.name)
        .bind(parameter.internal)
        .bind(to_json(parameter.distribution))
        .run();
  for (const auto& [step, value] : change.reports) {
    Query insert(*connection_,
                 "INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value, "
                 "intermediate_value_type) VALUES (?, ?, ?, ?)");
    insert.bind(trial).bind(std::int64_t{step});
    bind_special(insert, value);
    insert.run();
  }
  for (const ReportNote& note : change.notes)
    Query(
        *connection_,
        "INSERT INTO hone_reports (trial_id, step, prune, reason, seen) VALUES (?, ?, ?, ?, ?) ON "
        "CONFLICT (trial_id, step) DO UPDATE SET prune=excluded.prune, reason=excluded.reason, "
        "seen=excluded.seen")
        .bind(trial)
        .bind(std::int64_t{note.step})
        .bind(std::int64_t{note.prune})
        .bind(note.reason)
        .bind(note.seen)
        .run();
  for (const auto& [key, json] : change.user_attrs) set_trial_attr(trial, false, key, json);
  for (const auto& [key, json] : change.system_attrs) set_trial_attr(trial, true, key, json);
  if (change.seen)
    Query(*connection_, "UPDATE hone_trials SET seen=? WHERE trial_id=?")
        .bind(*change.seen)
        .bind(trial)
        .run();
}

void SqlStorage::insert_values(std::int64_t trial, const std::vector<double>& values) {
  for (std::size_t objective = 0; objective < values.size(); ++objective) {
    Query insert(
        *connection_,
        "INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (?, ?, ?, ?)");
    insert.bind(trial).bind(static_cast<std::int64_t>(objective));
    bind_special(insert, values[objective]);
    insert.run();
  }
}

void SqlStorage::finish(std::int64_t trial, TrialChange& change) {
  change.end_time = now_microseconds();
  Query ended(*connection_,
              "UPDATE trials SET state=?, datetime_complete=? WHERE trial_id=? AND "
              "state='RUNNING'");
  ended.bind(std::string(state_name(*change.final_state)))
      .bind(time_text(change.end_time))
      .bind(trial)
      .run();
  insert_values(trial, change.values);
  seal(trial, *change.final_state);
  if (ended.changes() != 1) throw FencedError("the trial ended meanwhile; its result is dropped");
  connection_->check_place();
}

int SqlStorage::release(std::int64_t trial, const std::string& token, ReleaseReason reason) {
  const Lock lock(mutex_);
  try {
    return transact(kWrite, [&] {
      check_owned(trial, token);
      return requeue(trial, reason);
    });
  } catch (const FencedError&) {
    throw;
  } catch (...) {  // missing memory, too: nobody else can give it back while this process lives
    abandoned_.push_back({trial, token, reason});
    throw;
  }
}

void SqlStorage::leave(std::int64_t trial, const std::string& token) {
  const Lock lock(mutex_);
  transact(kWrite, [&] {
    check_owned(trial, token);
    Query(*connection_, "UPDATE hone_trials SET token=NULL, worker=NULL WHERE trial_id=?")
        .bind(trial)
        .run();
  });
}

std::string SqlStorage::take(const StudyKey& study, std::int64_t trial) {
  const Lock lock(mutex_);
  const std::string token = new_token();
  if (!heart_.joinable()) join();
  transact(kWrite, [&] {
    lock_study(study);
    Query running(*connection_,
                  "SELECT 1 FROM trials t LEFT JOIN hone_trials h ON h.trial_id=t.trial_id WHERE "
                  "t.trial_id=? AND t.study_id=? AND t.state='RUNNING' AND h.token IS NULL AND "
                  "(h.released IS NULL OR h.released=0)");
    if (!running.bind(trial).bind(study.id).step())
      throw FencedError(fmt::format("{}: the trial does not run, or somebody holds it", place()));
    Query(*connection_,
          "INSERT INTO hone_trials (trial_id, token, worker) VALUES (?, ?, ?) ON CONFLICT "
          "(trial_id) DO UPDATE SET token=excluded.token, worker=excluded.worker")
        .bind(trial)
        .bind(token)
        .bind(workers_.id())
        .run();
  });
  return token;
}

// The caller has found the trial RUNNING, within the same transaction. It stays so in Optuna's
// table, with its start time: a WAITING one would be taken and begun anew by any Python worker.
int SqlStorage::requeue(std::int64_t trial, ReleaseReason reason) {
  const std::string enqueued = fixed_params(trial);
  std::string given;
  {
    Query start(*connection_, "SELECT given_params FROM hone_trials WHERE trial_id=?");
    if (start.bind(trial).step()) given = start.text(0);
  }
  // What this start was given, and has perhaps not asked for yet, stays with the trial.
  const std::string merged =
      merge_fixed_params(given.empty() ? enqueued : given, read_params(trial));
  if (!merged.empty()) set_trial_attr(trial, true, "fixed_params", merged);
  for (const char* sql : {"DELETE FROM trial_params WHERE trial_id=?",
                          "DELETE FROM trial_intermediate_values WHERE trial_id=?",
                          "DELETE FROM trial_values WHERE trial_id=?",
                          "DELETE FROM trial_heartbeats WHERE trial_id=?"})
    Query(*connection_, sql).bind(trial).run();
  static_assert(kPrunerNote.size() == 15);
  Query(*connection_,
        "DELETE FROM trial_system_attributes WHERE trial_id=? AND substr(\"key\", 1, 15)=?")
      .bind(trial)
      .bind(std::string(kPrunerNote))
      .run();
  Query(*connection_,
        "UPDATE hone_trials SET token=NULL, released=1, enqueued_params=?, faults=faults+? WHERE "
        "trial_id=?")
      .bind(enqueued)
      .bind(std::int64_t{reason == ReleaseReason::fault})
      .bind(trial)
      .run();
  Query row(*connection_, "SELECT faults FROM hone_trials WHERE trial_id=?");
  const int faults = row.bind(trial).step() ? static_cast<int>(row.integer(0)) : 0;
  seal(trial, TrialState::running);
  return faults;
}

std::string SqlStorage::fixed_params(std::int64_t trial) {
  Query query(
      *connection_,
      "SELECT value_json FROM trial_system_attributes WHERE trial_id=? AND \"key\"='fixed_params'");
  return query.bind(trial).step() ? query.text(0) : "";
}

}  // namespace hone::tune
