// Reading trials from an SQL database. It may come from anybody: every field is checked.
#include "tune/storage/sql_read.h"

#include <algorithm>
#include <array>
#include <deque>
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

// `what` names what is read, in words that only a fault needs.
using Words = std::function<std::string()>;

int small_int(std::int64_t value, const Words& what) {
  if (value < 0 || value > std::numeric_limits<int>::max())
    fail_store("{}: the number {} is out of range", what(), value);
  return static_cast<int>(value);
}

std::int64_t read_time(const Query& query, int column, const Words& what) {
  const std::string text = query.text(column);
  const std::optional<std::int64_t> time = time_from_text(text);
  if (!time) fail_store("{}: {} is not a time", what(), printable(text));
  return *time;
}

std::int64_t read_key(const Query& query, int column, const std::string& place) {
  const std::int64_t key = query.integer(column);
  if (key < 1 || key > kLargestKey)
    fail_store("{}: is damaged (trial_id {} is out of range); restore a copy", place, key);
  return key;
}

// What is looked at anew: the open trials of a cursor, and all with keys behind `last`. Each range
// costs some statements, so what lies between near ones is read along; far-off ones that are many
// are read in one.
std::vector<std::pair<std::int64_t, std::int64_t>> ranges_of(const ReadCursor& known,
                                                             std::int64_t last) {
  constexpr std::int64_t kNear = 16;
  constexpr std::size_t kMany = 16;
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
  const auto add = [&](std::int64_t first, std::int64_t end) {
    if (!ranges.empty() && first - ranges.back().second <= kNear)
      ranges.back().second = end;
    else
      ranges.emplace_back(first, end);
  };
  for (const std::int64_t trial : known.open) add(trial, trial);
  add(last, kLastKey);
  if (ranges.size() > kMany) ranges = {{ranges.front().first, kLastKey}};
  return ranges;
}

bool is_wanted(const ReadCursor& known, std::int64_t trial) {
  return trial > known.last || std::binary_search(known.open.begin(), known.open.end(), trial);
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

std::vector<Draft> read_heads(Query& query, const std::string& place, const ReadCursor& known) {
  std::vector<Draft> drafts;
  std::set<int> numbers;
  while (query.step()) {
    if (!is_wanted(known, query.integer(0))) continue;
    Draft draft;
    draft.seal = query.text(11);
    if (!draft.seal.empty())
      draft.digest.add_row(query, 0, TrialRows::kHead).add(std::string("end"));
    TrialRecord& record = draft.record;
    record.id = read_key(query, 0, place);
    const auto what = [&] { return fmt::format("{}: trial_id {}", place, record.id); };
    if (query.is_null(1)) fail_store("{}: has no number", what());
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

// Moves the trials that are not finished to the cursor.
void leave_open(std::vector<Draft>& drafts, ReadCursor& cursor) {
  for (const Draft& draft : drafts) {
    cursor.last = std::max(cursor.last, draft.record.id);
    if (!is_finished(draft.record.state)) cursor.open.push_back(draft.record.id);
  }
  std::erase_if(drafts, [](const Draft& draft) { return !is_finished(draft.record.state); });
}

// Of a study: the rows of its trials first .. last, in their order; up to a third key of finished
// ones alone.
std::string rows_of(const char* columns, const char* table, const char* order) {
  return fmt::format(
      "SELECT t.trial_id, {} FROM trials t {} r ON r.trial_id=t.trial_id WHERE t.study_id=? AND "
      "t.trial_id BETWEEN ? AND ? AND (t.trial_id>? OR t.state NOT IN ('RUNNING', 'WAITING')) "
      "ORDER BY t.trial_id{}",
      columns, table, order);
}

// The statements for heads, params, values, reports, answers to them, user and system attributes.
const std::array<std::string, 7>& row_statements() {
  static const std::array<std::string, 7> statements = {
      rows_of("t.number, t.state, t.datetime_start, t.datetime_complete, r.seen, r.released, "
              "r.enqueued_params, r.given_params, r.faults, r.token, r.digest",
              "LEFT JOIN hone_trials", ""),
      rows_of("r.param_name, r.param_value, r.distribution_json", "JOIN trial_params",
              ", r.param_id"),
      rows_of("r.objective, r.value, r.value_type", "JOIN trial_values", ", r.objective"),
      rows_of("r.step, r.intermediate_value, r.intermediate_value_type",
              "JOIN trial_intermediate_values", ", r.step"),
      rows_of("r.step, r.prune, r.reason, r.seen", "JOIN hone_reports", ", r.step"),
      rows_of("r.\"key\", r.value_json", "JOIN trial_user_attributes",
              ", r.\"key\" /*pg COLLATE \"C\" */"),
      rows_of("r.\"key\", r.value_json", "JOIN trial_system_attributes",
              ", r.\"key\" /*pg COLLATE \"C\" */"),
  };
  return statements;
}

}  // namespace

double read_special(const Query& query, int value_column, const Words& what) {
  const std::string type = query.text(value_column + 1);
  if (type == "FINITE" && !query.is_null(value_column)) return query.number(value_column);
  if (type == "INF_POS") return std::numeric_limits<double>::infinity();
  if (type == "INF_NEG") return -std::numeric_limits<double>::infinity();
  if (type == "NAN") return std::numeric_limits<double>::quiet_NaN();
  fail_store("{}: a value has the unknown type {}", what(), printable(type));
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

void SqlStorage::read_queue(const StudyKey& study, const char* study_row, Queue& queue,
                            std::vector<QueueRow>& rows) {
  Query owner(*connection_, study_row);
  owner.bind(study.id).send();
  const ReadCursor known = std::move(queue.cursor);
  queue.cursor = {known.last, {}};
  const std::string where = place();
  // Nobody removes a single trial: where the last one that was seen is missing, these are older
  // rows.
  bool last_seen = known.last == 0;
  const auto take = [&](const Query& query) {
    const QueueRow row{read_key(query, 0, where),
                       small_int(query.integer(1), [&] { return where; }),
                       read_state(query, 2, 3, 4, where), !query.is_null(4)};
    if (is_finished(row.state)) {
      ++queue.finished;
    } else {
      queue.cursor.open.push_back(row.id);
      rows.push_back(row);
    }
  };
  bool checked = false;
  for (const auto& [first, last] : ranges_of(known, known.last)) {
    Query query(*connection_,
                "SELECT t.trial_id, t.number, t.state, h.released, h.token FROM trials t LEFT JOIN "
                "hone_trials h ON h.trial_id=t.trial_id WHERE t.study_id=? AND t.trial_id BETWEEN "
                "? AND ? ORDER BY t.trial_id");
    query.bind(study.id).bind(first).bind(last).send();
    if (!std::exchange(checked, true)) check_token(owner, study);
    while (query.step()) {
      const std::int64_t trial = query.integer(0);
      last_seen = last_seen || trial == known.last;
      queue.cursor.last = std::max(queue.cursor.last, trial);
      if (is_wanted(known, trial)) take(query);
    }
  }
  if (!last_seen)
    fail_store(
        "{}: trials that were there are missing: an older copy stands in its place; stop all that "
        "use it, and bring back the newest copy",
        where);
}

std::vector<TrialRecord> SqlStorage::read_trials(const StudyKey& study) {
  const Lock lock(mutex_);
  // One read transaction, so that no trial is seen half finished.
  return transact(kRead, [&] {
    check_study(study);
    return read_range(study.id, kFirstKey, kLastKey, {kFirstKey, {}}, nullptr);
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
      notes.push_back({small_int(rows.integer(0), [&] { return place(); }), rows.integer(1) != 0,
                       rows.text(2), rows.text(3)});
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
      list.push_back({small_int(rows.integer(0), [&] { return place(); }),
                      small_int(rows.integer(1), [&] { return place(); }),
                      value.root().get<double>()});
    }
    return list;
  });
}

std::vector<TrialRecord> SqlStorage::read_finished(const StudyKey& study, ReadCursor& cursor) {
  const Lock lock(mutex_);
  ReadCursor next;
  std::vector<TrialRecord> finished = transact(kRead, [&] {
    Query owner(*connection_, kStudyRow);
    owner.bind(study.id).send();
    std::vector<TrialRecord> found = read_new(study, cursor, next);
    check_token(owner, study);
    return found;
  });
  cursor = std::move(next);
  return finished;
}

std::vector<TrialRecord> SqlStorage::read_new(const StudyKey& study, const ReadCursor& known,
                                              ReadCursor& next) {
  std::vector<TrialRecord> finished;
  next = known;
  for (const auto& [first, last] : ranges_of(known, known.last + 1)) {
    for (TrialRecord& record : read_range(study.id, first, last, known, &next)) {
      std::erase(next.open, record.id);
      finished.push_back(std::move(record));
    }
  }
  return finished;
}

std::vector<TrialRecord> SqlStorage::read_range(std::int64_t study, std::int64_t first,
                                                std::int64_t last, const ReadCursor& known,
                                                ReadCursor* next) {
  std::deque<Query> sections;
  std::int64_t open_behind = known.last;
  for (const std::string& sql : row_statements()) {
    sections.emplace_back(*connection_, sql.c_str());
    sections.back().bind(study).bind(first).bind(last).bind(open_behind).send();
    if (next != nullptr) open_behind = kLastKey;  // of open ones the heads alone
  }
  const std::string where = place();
  std::vector<Draft> drafts = read_heads(sections[0], where, known);
  if (next != nullptr) leave_open(drafts, *next);
  if (drafts.empty()) return {};
  KnownDistributions distributions;
  const auto what = [&](const TrialRecord& record) {
    return [&] { return fmt::format("{}: trial {}", where, record.number); };
  };
  const auto each = [&](Query& rows, const char* types, const auto& read) {
    each_row(rows, drafts, types, [&](TrialRecord& record) { read(rows, record); });
  };
  each(sections[1], TrialRows::kParam, [&](const Query& row, TrialRecord& record) {
    read_parameter(row, 1, distributions, record);
  });
  each(sections[2], TrialRows::kValue, [&](const Query& row, TrialRecord& record) {
    record.values.push_back(read_special(row, 2, what(record)));
  });
  each(sections[3], TrialRows::kReport, [&](const Query& row, TrialRecord& record) {
    record.intermediate[small_int(row.integer(1), what(record))] =
        read_special(row, 2, what(record));
  });
  if (std::any_of(drafts.begin(), drafts.end(),
                  [](const Draft& draft) { return !draft.seal.empty(); }))
    each(sections[4], TrialRows::kAnswer, [](const Query&, TrialRecord&) {});
  each(sections[5], TrialRows::kAttribute,
       [](const Query& row, TrialRecord& record) { record.user_attrs[row.text(1)] = row.text(2); });
  each(sections[6], TrialRows::kAttribute, [](const Query& row, TrialRecord& record) {
    record.system_attrs[row.text(1)] = row.text(2);
  });
  std::vector<TrialRecord> records;
  for (Draft& draft : drafts) {
    check_seal(
        draft.seal, draft.state, [&] { return draft.digest.hex(); }, where, draft.record.number);
    records.push_back(std::move(draft.record));
  }
  return records;
}

}  // namespace hone::tune
