// Reading studies and trials from SQLite. The file may come from anybody: every field is checked.
#include "tune/storage/sqlite_read.h"

#include <cmath>
#include <limits>

#include "tune/json_text.h"
#include "tune/storage/sqlite_storage.h"
#include "tune/time_text.h"

namespace hone::tune {
namespace {

using Lock = std::lock_guard<std::mutex>;

double read_special(const Query& query, int value_column, const std::string& what) {
  const std::string type = query.text(value_column + 1);
  if (type == "FINITE" && !query.is_null(value_column)) return query.number(value_column);
  if (type == "INF_POS") return std::numeric_limits<double>::infinity();
  if (type == "INF_NEG") return -std::numeric_limits<double>::infinity();
  if (type == "NAN") return std::numeric_limits<double>::quiet_NaN();
  fail_store("{}: a value has the unknown type {}", what, printable(type));
}

// Distributions by their text: a study repeats the same few thousands of times.
using KnownDistributions = std::map<std::string, Distribution>;

Parameter read_parameter(const Query& query, int column, const std::string& what,
                         KnownDistributions& known) {
  Parameter parameter;
  parameter.name = query.text(column);
  const auto where = [&] {
    return fmt::format("{}, parameter {}", what, printable(parameter.name));
  };
  if (query.is_null(column + 1)) fail_store("{}: has no value", where());
  parameter.internal = query.number(column + 1);
  const std::string text = query.text(column + 2);
  try {
    const auto found = known.find(text);
    parameter.distribution = found != known.end()
                                 ? found->second
                                 : known.emplace(text, distribution_from_json(text)).first->second;
    parameter.value();  // an index outside of the choices is found here
  } catch (const Error& error) {
    fail_store("{}: {}", where(), error.what());
  }
  return parameter;
}

// The trial of a row of a detail table; rows come in the order of the trials.
class Cursor {
 public:
  explicit Cursor(std::vector<TrialRecord>& records) : records_(records) {}
  TrialRecord* find(std::int64_t id) {
    while (at_ < records_.size() && records_[at_].id < id) ++at_;
    return at_ < records_.size() && records_[at_].id == id ? &records_[at_] : nullptr;
  }

 private:
  std::vector<TrialRecord>& records_;
  std::size_t at_ = 0;
};

// Runs `read` for every row of a query whose first column is the trial.
template <class Read>
void each_row(Query& query, std::vector<TrialRecord>& records, const std::string& path, Read read) {
  Cursor cursor(records);
  while (query.step())
    if (TrialRecord* record = cursor.find(query.integer(0)))
      read(*record, fmt::format("{}: trial {}", printable(path), record->number));
}

int small_int(std::int64_t value, const std::string& what) {
  if (value < 0 || value > std::numeric_limits<int>::max())
    fail_store("{}: the number {} is out of range", what, value);
  return static_cast<int>(value);
}

std::int64_t read_time(const Query& query, int column, const std::string& what) {
  const std::string text = query.text(column);
  const std::optional<std::int64_t> time = time_from_text(text);
  if (!time) fail_store("{}: {} is not a time", what, printable(text));
  return *time;
}

// From the columns `state` of trials and `queued`: RUNNING for Optuna, but to be run again by us
// (storage.h, release()).
TrialState read_state(const Query& query, int state_column) {
  const TrialState state = state_from_name(query.text(state_column));
  const bool queued = query.integer(state_column + 1) != 0;
  return state == TrialState::running && queued ? TrialState::waiting : state;
}

std::vector<TrialRecord> read_heads(Database& database, std::int64_t study, std::int64_t after) {
  std::vector<TrialRecord> records;
  Query query(database,
              "SELECT t.trial_id, t.number, t.state, h.released=1 AND h.token IS NULL, "
              "t.datetime_start, t.datetime_complete FROM trials t LEFT JOIN hone_trials h ON "
              "h.trial_id=t.trial_id WHERE t.study_id=? AND t.trial_id>? ORDER BY t.trial_id");
  for (query.bind(study).bind(after); query.step();) {
    TrialRecord record;
    record.id = query.integer(0);
    const std::string what = fmt::format("{}: trial_id {}", printable(database.path()), record.id);
    if (query.is_null(1)) fail_store("{}: has no number", what);
    record.number = small_int(query.integer(1), what);
    record.state = read_state(query, 2);
    if (record.state != TrialState::waiting) record.start_time = read_time(query, 4, what);
    record.end_time = read_time(query, 5, what);
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace

void read_attributes(Database& database, TrialRecord& trial) {
  Query user(database, "SELECT \"key\", value_json FROM trial_user_attributes WHERE trial_id=?");
  for (user.bind(trial.id); user.step();) trial.user_attrs[user.text(0)] = user.text(1);
  Query system(database,
               "SELECT \"key\", value_json FROM trial_system_attributes WHERE trial_id=?");
  for (system.bind(trial.id); system.step();) trial.system_attrs[system.text(0)] = system.text(1);
}

std::string settings_to_json(const std::map<std::string, std::string>& settings) {
  std::string list;
  for (const auto& [key, value] : settings)
    list += (list.empty() ? "" : ", ") + json_quoted(key) + ": " + json_quoted(value);
  return "{" + list + "}";
}

std::map<std::string, std::string> settings_from_json(const std::string& text,
                                                      const std::string& what) {
  std::map<std::string, std::string> settings;
  try {
    const JsonDocument document(text, what, ErrorKind::storage);
    for (const auto& [key, value] : document.root().members())
      settings[key] = value.get<std::string>();
  } catch (const Error& error) {
    throw StoreError(error.what());
  }
  return settings;
}

std::optional<StudyInfo> SqliteStorage::find_study(const std::string& name) {
  const Lock lock(mutex_);
  return read_study(name);
}

std::optional<StudyInfo> SqliteStorage::read_study(const std::string& name) {
  StudyInfo info;
  info.name = name;
  const std::string what =
      fmt::format("{}: study {}", printable(database_.path()), printable(name));
  Query study(database_, "SELECT study_id FROM studies WHERE study_name=?");
  if (!study.bind(name).step()) return std::nullopt;
  info.id = study.integer(0);
  Query directions(database_,
                   "SELECT direction FROM study_directions WHERE study_id=? ORDER BY objective");
  info.directions.clear();
  for (directions.bind(info.id); directions.step();) {
    const std::string direction = directions.text(0);
    if (direction != "MINIMIZE" && direction != "MAXIMIZE")
      fail_store("{}: the direction {} is unknown", what, printable(direction));
    info.directions.push_back(direction == "MINIMIZE" ? Direction::minimize : Direction::maximize);
  }
  if (info.directions.empty()) fail_store("{}: has no direction", what);
  Query user(database_, "SELECT \"key\", value_json FROM study_user_attributes WHERE study_id=?");
  for (user.bind(info.id); user.step();) info.user_attrs[user.text(0)] = user.text(1);
  Query system(database_,
               "SELECT \"key\", value_json FROM study_system_attributes WHERE study_id=?");
  for (system.bind(info.id); system.step();) info.system_attrs[system.text(0)] = system.text(1);
  Query settings(database_, "SELECT settings_json FROM hone_studies WHERE study_id=?");
  if (settings.bind(info.id).step())
    info.settings = settings_from_json(settings.text(0), what + ", settings");
  return info;
}

std::vector<StudySummary> SqliteStorage::list_studies() {
  const Lock lock(mutex_);
  std::vector<StudySummary> list;
  Query studies(database_, "SELECT study_id, study_name FROM studies ORDER BY study_id");
  while (studies.step()) {
    StudySummary summary;
    summary.name = studies.text(1);
    Query directions(database_,
                     "SELECT direction FROM study_directions WHERE study_id=? ORDER BY objective");
    std::vector<Direction> list_of_study;
    for (directions.bind(studies.integer(0)); directions.step();)
      list_of_study.push_back(directions.text(0) == "MAXIMIZE" ? Direction::maximize
                                                               : Direction::minimize);
    if (!list_of_study.empty()) summary.directions = std::move(list_of_study);
    Query states(
        database_,
        "SELECT t.state, h.released=1 AND h.token IS NULL, COUNT(*) FROM trials t LEFT JOIN "
        "hone_trials h ON h.trial_id=t.trial_id WHERE t.study_id=? GROUP BY 1, 2");
    for (states.bind(studies.integer(0)); states.step();)
      count_state(summary, read_state(states, 0), static_cast<int>(states.integer(2)));
    Query values(
        database_,
        "SELECT v.value, v.value_type FROM trials t JOIN trial_values v ON v.trial_id=t.trial_id "
        "WHERE t.study_id=? AND t.state='COMPLETE' AND v.objective=0");
    for (values.bind(studies.integer(0)); values.step();)
      keep_best(summary, read_special(values, 0, printable(summary.name)));
    list.push_back(std::move(summary));
  }
  return list;
}

std::string SqliteStorage::fixed_params(std::int64_t trial) {
  Query query(
      database_,
      "SELECT value_json FROM trial_system_attributes WHERE trial_id=? AND \"key\"='fixed_params'");
  return query.bind(trial).step() ? query.text(0) : "";
}

std::vector<Parameter> SqliteStorage::read_params(std::int64_t trial) {
  std::vector<Parameter> params;
  KnownDistributions known;
  Query query(
      database_,
      "SELECT param_name, param_value, distribution_json FROM trial_params WHERE trial_id=? "
      "ORDER BY param_id");
  for (query.bind(trial); query.step();)
    params.push_back(read_parameter(query, 0, printable(database_.path()), known));
  return params;
}

void SqliteStorage::read_queue(std::int64_t study, Watermark& mark, std::vector<QueueRow>& rows) {
  if (!Query(database_, "SELECT 1 FROM studies WHERE study_id=?").bind(study).step())
    fail_store("{}: the study was removed by another program", printable(database_.path()));
  Query query(database_,
              "SELECT t.trial_id, t.number, t.state, h.released=1 AND h.token IS NULL, h.token "
              "FROM trials t LEFT JOIN hone_trials h ON h.trial_id=t.trial_id WHERE t.study_id=? "
              "AND t.trial_id>? ORDER BY t.trial_id");
  for (query.bind(study).bind(mark.id); query.step();) {
    const QueueRow row{query.integer(0), static_cast<int>(query.integer(1)), read_state(query, 2),
                       !query.is_null(4)};
    if (rows.empty() && is_finished(row.state)) {
      mark.id = row.id;
      ++mark.count;
    } else {
      rows.push_back(row);
    }
  }
}

std::vector<TrialRecord> SqliteStorage::read_trials(std::int64_t study, std::int64_t after) {
  const Lock lock(mutex_);
  // One read transaction, so that no trial is seen half finished.
  database_.exec("BEGIN");
  std::vector<TrialRecord> records;
  try {
    records = read_heads(database_, study, after);
    read_details(study, after, records);
  } catch (...) {
    database_.exec("ROLLBACK");
    throw;
  }
  database_.exec("ROLLBACK");
  return records;
}

void SqliteStorage::read_details(std::int64_t study, std::int64_t after,
                                 std::vector<TrialRecord>& records) {
  const std::string& path = database_.path();
  KnownDistributions known;
  Query params(
      database_,
      "SELECT p.trial_id, p.param_name, p.param_value, p.distribution_json FROM trials t JOIN "
      "trial_params p ON p.trial_id=t.trial_id WHERE t.study_id=? AND t.trial_id>? "
      "ORDER BY p.trial_id, p.param_id");
  params.bind(study).bind(after);
  each_row(params, records, path, [&](TrialRecord& record, const std::string& what) {
    record.params.push_back(read_parameter(params, 1, what, known));
  });
  Query values(database_,
               "SELECT v.trial_id, v.value, v.value_type FROM trials t JOIN trial_values v ON "
               "v.trial_id=t.trial_id WHERE t.study_id=? AND t.trial_id>? ORDER BY v.trial_id, "
               "v.objective");
  values.bind(study).bind(after);
  each_row(values, records, path, [&](TrialRecord& record, const std::string& what) {
    record.values.push_back(read_special(values, 1, what));
  });
  Query reports(
      database_,
      "SELECT v.trial_id, v.step, v.intermediate_value, v.intermediate_value_type FROM trials t "
      "JOIN "
      "trial_intermediate_values v ON v.trial_id=t.trial_id WHERE t.study_id=? AND t.trial_id>? "
      "ORDER BY v.trial_id");
  reports.bind(study).bind(after);
  each_row(reports, records, path, [&](TrialRecord& record, const std::string& what) {
    record.intermediate[small_int(reports.integer(1), what)] = read_special(reports, 2, what);
  });
  Query user(
      database_,
      "SELECT a.trial_id, a.\"key\", a.value_json FROM trials t JOIN trial_user_attributes a ON "
      "a.trial_id=t.trial_id WHERE t.study_id=? AND t.trial_id>? ORDER BY a.trial_id");
  user.bind(study).bind(after);
  each_row(user, records, path, [&](TrialRecord& record, const std::string&) {
    record.user_attrs[user.text(1)] = user.text(2);
  });
  Query system(
      database_,
      "SELECT a.trial_id, a.\"key\", a.value_json FROM trials t JOIN trial_system_attributes a ON "
      "a.trial_id=t.trial_id WHERE t.study_id=? AND t.trial_id>? ORDER BY a.trial_id");
  system.bind(study).bind(after);
  each_row(system, records, path, [&](TrialRecord& record, const std::string&) {
    record.system_attrs[system.text(1)] = system.text(2);
  });
}

}  // namespace hone::tune
