// Reading trials from an SQL database. It may come from anybody: every field is checked.
#include "tune/storage/sql_read.h"

#include <algorithm>
#include <limits>
#include <set>

#include "base/json.h"
#include "tune/storage/row_digest.h"
#include "tune/storage/sql_storage.h"
#include "tune/time_text.h"

namespace hone::tune {
namespace {

using Lock = std::lock_guard<std::mutex>;

// Distributions by their text: a study repeats the same few thousands of times.
using KnownDistributions = std::map<std::string, Distribution>;

// Adds the parameter of a row, or why it cannot be one.
void read_parameter(const Query& query, int column, KnownDistributions& known,
                    TrialRecord& record) {
  Parameter parameter;
  parameter.name = query.text(column);
  parameter.internal = query.number(column + 1);
  const std::string text = query.text(column + 2);
  try {
    if (query.is_null(column + 1)) fail_store("has no value");
    const auto found = known.find(text);
    parameter.distribution = found != known.end()
                                 ? found->second
                                 : known.emplace(text, distribution_from_json(text)).first->second;
    parameter.value();  // an index outside of the choices is found here
    record.params.push_back(std::move(parameter));
  } catch (const Error& error) {
    record.unreadable[parameter.name] = error.what();
  }
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

std::int64_t read_key(const Query& query, int column, const std::string& place) {
  const std::int64_t key = query.integer(column);
  if (key < 1 || key > kLargestKey)
    fail_store("{}: is damaged (trial_id {} is out of range); restore a copy", place, key);
  return key;
}

// A trial while it is read.
struct Draft {
  TrialRecord record;
  std::string state;  // in Optuna's table
  std::string seal;   // empty: none, and nothing is digested
  RowDigest digest;
};

// Runs `read` for every row of a query whose first column is the trial, and takes the other columns
// into its digest; rows come in the order of the trials.
template <class Read>
void each_row(Query& query, std::vector<Draft>& drafts, const char* types, Read read) {
  std::size_t at = 0;
  const auto end_section = [&] {
    if (!drafts[at].seal.empty()) drafts[at].digest.add(std::string("end"));
    ++at;
  };
  while (query.step()) {
    const std::int64_t trial = query.integer(0);
    while (at < drafts.size() && drafts[at].record.id < trial) end_section();
    if (at == drafts.size() || drafts[at].record.id != trial) continue;
    if (!drafts[at].seal.empty()) drafts[at].digest.add_row(query, 1, types);
    read(drafts[at].record);
  }
  while (at < drafts.size()) end_section();
}

std::vector<Draft> read_heads(SqlConnection& connection, std::int64_t study, std::int64_t first,
                              std::int64_t last) {
  const std::string place = printable(connection.name());
  std::vector<Draft> drafts;
  std::set<int> numbers;
  Query query(
      connection,
      "SELECT t.trial_id, t.number, t.state, t.datetime_start, t.datetime_complete, h.seen, "
      "h.released, h.enqueued_params, h.given_params, h.faults, h.token, h.digest FROM trials t "
      "LEFT JOIN "
      "hone_trials h ON h.trial_id=t.trial_id WHERE t.study_id=? AND t.trial_id BETWEEN ? "
      "AND ? ORDER BY t.trial_id");
  for (query.bind(study).bind(first).bind(last); query.step();) {
    Draft draft;
    draft.seal = query.text(11);
    if (!draft.seal.empty())
      draft.digest.add_row(query, 0, TrialRows::kHead).add(std::string("end"));
    TrialRecord& record = draft.record;
    record.id = read_key(query, 0, place);
    const std::string what = fmt::format("{}: trial_id {}", place, record.id);
    if (query.is_null(1)) fail_store("{}: has no number", what);
    record.number = small_int(query.integer(1), what);
    if (!numbers.insert(record.number).second)
      fail_store("{}: is damaged, two trials have the number {}; restore a copy", place,
                 record.number);
    draft.state = query.text(2);
    record.state = read_state(query, 2, 6, 10, place);
    if (record.state != TrialState::waiting) record.start_time = read_time(query, 3, what);
    record.end_time = read_time(query, 4, what);
    drafts.push_back(std::move(draft));
  }
  return drafts;
}

// Rows of the trials first .. last of a study, in their order, for each_row().
constexpr const char* kParamRows =
    "SELECT p.trial_id, p.param_name, p.param_value, p.distribution_json FROM trials t JOIN "
    "trial_params p ON p.trial_id=t.trial_id WHERE t.study_id=? AND t.trial_id BETWEEN ? AND ? "
    "ORDER BY p.trial_id, p.param_id";
constexpr const char* kValueRows =
    "SELECT v.trial_id, v.objective, v.value, v.value_type FROM trials t JOIN trial_values v ON "
    "v.trial_id=t.trial_id WHERE t.study_id=? AND t.trial_id BETWEEN ? AND ? ORDER BY "
    "v.trial_id, v.objective";
constexpr const char* kReportRows =
    "SELECT v.trial_id, v.step, v.intermediate_value, v.intermediate_value_type FROM trials t "
    "JOIN trial_intermediate_values v ON v.trial_id=t.trial_id WHERE t.study_id=? AND "
    "t.trial_id BETWEEN ? AND ? ORDER BY v.trial_id, v.step";
constexpr const char* kAnswerRows =
    "SELECT a.trial_id, a.step, a.prune, a.reason, a.seen FROM trials t JOIN hone_reports a "
    "ON a.trial_id=t.trial_id WHERE t.study_id=? AND t.trial_id BETWEEN ? AND ? ORDER BY "
    "a.trial_id, a.step";
constexpr const char* kUserRows =
    "SELECT a.trial_id, a.\"key\", a.value_json FROM trials t JOIN trial_user_attributes a ON "
    "a.trial_id=t.trial_id WHERE t.study_id=? AND t.trial_id BETWEEN ? AND ? ORDER BY "
    "a.trial_id, a.\"key\" /*pg COLLATE \"C\" */";
constexpr const char* kSystemRows =
    "SELECT a.trial_id, a.\"key\", a.value_json FROM trials t JOIN trial_system_attributes a "
    "ON a.trial_id=t.trial_id WHERE t.study_id=? AND t.trial_id BETWEEN ? AND ? ORDER BY "
    "a.trial_id, a.\"key\" /*pg COLLATE \"C\" */";

}  // namespace

double read_special(const Query& query, int value_column, const std::string& what) {
  const std::string type = query.text(value_column + 1);
  if (type == "FINITE" && !query.is_null(value_column)) return query.number(value_column);
  if (type == "INF_POS") return std::numeric_limits<double>::infinity();
  if (type == "INF_NEG") return -std::numeric_limits<double>::infinity();
  if (type == "NAN") return std::numeric_limits<double>::quiet_NaN();
  fail_store("{}: a value has the unknown type {}", what, printable(type));
}

TrialState read_state(const Query& query, int state, int released, int token,
                      const std::string& place) {
  const TrialState known = state_from_name(query.text(state), place);
  if (known != TrialState::running || !query.is_null(token)) return known;
  switch (query.integer(released)) {
    case 0:
      return known;
    case 1:
      return TrialState::waiting;
    default:
      fail_store("{}: a trial is in a state that a newer version of hone has made; use that one",
                 place);
  }
}

void read_attributes(SqlConnection& connection, TrialRecord& trial) {
  Query user(connection, "SELECT \"key\", value_json FROM trial_user_attributes WHERE trial_id=?");
  for (user.bind(trial.id); user.step();) trial.user_attrs[user.text(0)] = user.text(1);
  Query system(connection,
               "SELECT \"key\", value_json FROM trial_system_attributes WHERE trial_id=?");
  for (system.bind(trial.id); system.step();) trial.system_attrs[system.text(0)] = system.text(1);
}

std::string make_seal(TrialState state, const std::string& digest) {
  return std::string(state_name(state)) + ":" + digest;
}

void check_seal(const std::string& seal, const std::string& state,
                const std::function<std::string()>& digest, const std::string& place, int number) {
  if (seal.empty()) return;
  const std::string sealed = seal.substr(0, seal.find(':'));
  const bool waited = sealed == "WAITING" || sealed == "RUNNING";
  if (waited && sealed != state) return;
  if (sealed != state || seal != sealed + ":" + digest())
    fail_store(
        "{}: trial {} is damaged, or another program has changed it after hone stored it; restore "
        "a copy",
        place, number);
}

std::vector<Parameter> SqlStorage::read_params(std::int64_t trial) {
  TrialRecord record;
  KnownDistributions known;
  Query query(
      *connection_,
      "SELECT param_name, param_value, distribution_json FROM trial_params WHERE trial_id=? "
      "ORDER BY param_id");
  for (query.bind(trial); query.step();) read_parameter(query, 0, known, record);
  return std::move(record.params);
}

void SqlStorage::read_queue(const StudyKey& study, Queue& queue, std::vector<QueueRow>& rows) {
  check_study(study);
  const std::vector<std::int64_t> open = std::move(queue.cursor.open);
  queue.cursor.open.clear();
  const std::string where = place();
  const auto take = [&](const Query& query) {
    const QueueRow row{read_key(query, 0, where), small_int(query.integer(1), where),
                       read_state(query, 2, 3, 4, where), !query.is_null(4)};
    if (is_finished(row.state)) {
      ++queue.finished;
    } else {
      queue.cursor.open.push_back(row.id);
      rows.push_back(row);
    }
  };
  // Nobody removes a single trial: where the last one that was seen is missing, these are older
  // rows.
  if (queue.cursor.last > 0) {
    Query seen(*connection_, "SELECT 1 FROM trials WHERE trial_id=? AND study_id=?");
    if (!seen.bind(queue.cursor.last).bind(study.id).step())
      fail_store(
          "{}: trials that were there are missing: an older copy stands in its place; stop all "
          "that "
          "use it, and bring back the newest copy",
          where);
  }
  // A few open ones are looked up, of many the range is read.
  if (open.size() <= 16) {
    for (const std::int64_t trial : open) {
      Query query(*connection_,
                  "SELECT t.trial_id, t.number, t.state, h.released, h.token FROM trials t LEFT "
                  "JOIN hone_trials h ON h.trial_id=t.trial_id WHERE t.trial_id=?");
      if (query.bind(trial).step()) take(query);
    }
  }
  const std::int64_t known = queue.cursor.last;
  Query query(*connection_,
              "SELECT t.trial_id, t.number, t.state, h.released, h.token FROM trials t LEFT JOIN "
              "hone_trials h ON h.trial_id=t.trial_id WHERE t.study_id=? AND t.trial_id>? ORDER BY "
              "t.trial_id");
  for (query.bind(study.id).bind(open.size() <= 16 ? known : open.front() - 1); query.step();) {
    const std::int64_t trial = query.integer(0);
    if (trial > known || std::binary_search(open.begin(), open.end(), trial)) take(query);
    queue.cursor.last = std::max(queue.cursor.last, trial);
  }
}

std::vector<TrialRecord> SqlStorage::read_trials(const StudyKey& study) {
  const Lock lock(mutex_);
  // One read transaction, so that no trial is seen half finished.
  return transact(kRead, [&] {
    check_study(study);
    return read_range(study.id, kFirstKey, kLastKey);
  });
}

std::vector<ReportNote> SqlStorage::read_notes(const StudyKey& study, std::int64_t trial) {
  const Lock lock(mutex_);
  return transact(kRead, [&] {
    check_study(study);
    std::vector<ReportNote> notes;
    Query rows(*connection_,
               "SELECT r.step, r.prune, r.reason, r.seen FROM hone_reports r JOIN trials t ON "
               "t.trial_id=r.trial_id WHERE r.trial_id=? AND t.study_id=? ORDER BY r.step");
    for (rows.bind(trial).bind(study.id); rows.step();)
      notes.push_back(
          {small_int(rows.integer(0), place()), rows.integer(1) != 0, rows.text(2), rows.text(3)});
    return notes;
  });
}

void SqlStorage::add_rerun(const StudyKey& study, const Rerun& rerun) {
  const Lock lock(mutex_);
  transact(kWrite, [&] {
    lock_study(study);
    Query trial(*connection_, "SELECT trial_id FROM trials WHERE study_id=? AND number=?");
    if (!trial.bind(study.id).bind(std::int64_t{rerun.trial}).step())
      fail_store("{}: the study has no trial {}", place(), rerun.trial);
    Query(*connection_,
          "INSERT INTO hone_reruns (trial_id, seed_index, value_json) VALUES (?, ?, ?) ON CONFLICT "
          "(trial_id, seed_index) DO NOTHING")
        .bind(trial.integer(0))
        .bind(std::int64_t{rerun.seed})
        .bind(json_number(rerun.value))
        .run();
  });
}

std::vector<Rerun> SqlStorage::read_reruns(const StudyKey& study) {
  const Lock lock(mutex_);
  return transact(kRead, [&] {
    check_study(study);
    std::vector<Rerun> list;
    Query rows(*connection_,
               "SELECT t.number, r.seed_index, r.value_json FROM hone_reruns r JOIN trials t ON "
               "t.trial_id=r.trial_id WHERE t.study_id=? ORDER BY t.number, r.seed_index");
    for (rows.bind(study.id); rows.step();) {
      const JsonDocument value(rows.text(2), "hone_reruns", ErrorKind::storage);
      list.push_back({small_int(rows.integer(0), place()), small_int(rows.integer(1), place()),
                      value.root().get<double>()});
    }
    return list;
  });
}

std::vector<TrialRecord> SqlStorage::read_finished(const StudyKey& study, ReadCursor& cursor) {
  const Lock lock(mutex_);
  ReadCursor next;
  std::vector<TrialRecord> finished = transact(kRead, [&] {
    check_study(study);
    next = {cursor.last, {}};
    return read_new(study, cursor.open, next);
  });
  cursor = std::move(next);
  return finished;
}

std::vector<TrialRecord> SqlStorage::read_new(const StudyKey& study,
                                              const std::vector<std::int64_t>& open,
                                              ReadCursor& next) {
  std::vector<TrialRecord> finished;
  for (const std::int64_t trial : open) {
    Query query(*connection_, "SELECT state FROM trials WHERE trial_id=?");
    if (!query.bind(trial).step()) continue;
    if (!is_finished(state_from_name(query.text(0), place()))) {
      next.open.push_back(trial);
    } else {
      for (TrialRecord& record : read_range(study.id, trial, trial))
        finished.push_back(std::move(record));
    }
  }
  for (TrialRecord& record : read_range(study.id, next.last + 1, kLastKey)) {
    next.last = record.id;
    if (is_finished(record.state)) {
      finished.push_back(std::move(record));
    } else {
      next.open.push_back(record.id);
    }
  }
  return finished;
}

std::vector<TrialRecord> SqlStorage::read_range(std::int64_t study, std::int64_t first,
                                                std::int64_t last) {
  std::vector<Draft> drafts = read_heads(*connection_, study, first, last);
  if (drafts.empty()) return {};
  KnownDistributions known;
  const auto what = [this](const TrialRecord& record) {
    return fmt::format("{}: trial {}", place(), record.number);
  };
  // `sql` chooses by study, first and last trial.
  const auto each = [&](const char* sql, const char* types, const auto& read) {
    Query query(*connection_, sql);
    query.bind(study).bind(first).bind(last);
    each_row(query, drafts, types, [&](TrialRecord& record) { read(query, record); });
  };
  each(kParamRows, TrialRows::kParam,
       [&](const Query& row, TrialRecord& record) { read_parameter(row, 1, known, record); });
  each(kValueRows, TrialRows::kValue, [&](const Query& row, TrialRecord& record) {
    record.values.push_back(read_special(row, 2, what(record)));
  });
  each(kReportRows, TrialRows::kReport, [&](const Query& row, TrialRecord& record) {
    record.intermediate[small_int(row.integer(1), what(record))] =
        read_special(row, 2, what(record));
  });
  if (std::any_of(drafts.begin(), drafts.end(),
                  [](const Draft& draft) { return !draft.seal.empty(); }))
    each(kAnswerRows, TrialRows::kAnswer, [](const Query&, TrialRecord&) {});
  each(kUserRows, TrialRows::kAttribute,
       [](const Query& row, TrialRecord& record) { record.user_attrs[row.text(1)] = row.text(2); });
  each(kSystemRows, TrialRows::kAttribute, [](const Query& row, TrialRecord& record) {
    record.system_attrs[row.text(1)] = row.text(2);
  });
  std::vector<TrialRecord> records;
  for (Draft& draft : drafts) {
    check_seal(
        draft.seal, draft.state, [&] { return draft.digest.hex(); }, place(), draft.record.number);
    records.push_back(std::move(draft.record));
  }
  return records;
}

}  // namespace hone::tune
