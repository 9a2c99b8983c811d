// Studies as rows: making, finding, listing and removing them; their attributes.
#include <cmath>

#include "base/json.h"
#include "tune/storage/row_digest.h"
#include "tune/storage/sql_read.h"
#include "tune/storage/sql_storage.h"

namespace hone::tune {
namespace {

using Lock = std::lock_guard<std::mutex>;

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

std::string digest_of_text(const std::string& text) { return RowDigest().add(text).hex(); }

}  // namespace

std::string SqlStorage::place() const { return printable(connection_->name()); }

void SqlStorage::check_study(const StudyKey& study) {
  Query query(*connection_, kStudyRow);
  check_token(query.bind(study.id), study);
}

void SqlStorage::lock_study(const StudyKey& study) {
  Query query(*connection_, kLockedStudyRow);
  check_token(query.bind(study.id), study);
}

void SqlStorage::check_token(Query& query, const StudyKey& study) {
  if (!query.step()) fail_store("{}: the study was removed by another program", place());
  if (!study.token.empty() && query.text(0) != study.token)
    fail_store("{}: the study was removed by another program and made anew", place());
}

std::pair<StudyInfo, bool> SqlStorage::find_or_create_study(
    const std::string& name, const std::vector<Direction>& directions,
    const std::map<std::string, std::string>& settings) {
  const Lock lock(mutex_);
  return transact(kWrite, [&]() -> std::pair<StudyInfo, bool> {
    if (auto found = read_study(name)) {
      if (found->settings && found->key.token.empty()) {  // made by version 0.1.0
        found->key.token = new_token();
        write_settings(found->key, settings_to_json(*found->settings));
      }
      return {*found, false};
    }
    return {create_study(name, directions, settings), true};
  });
}

StudyInfo SqlStorage::create_study(const std::string& name,
                                   const std::vector<Direction>& directions,
                                   const std::map<std::string, std::string>& settings) {
  StudyInfo info;
  info.name = name;
  info.directions = directions;
  if (!settings.empty()) info.settings = settings;
  Query(*connection_, "INSERT INTO studies (study_name) VALUES (?)").bind(name).run();
  info.key = {connection_->last_key(), settings.empty() ? "" : new_token()};
  for (std::size_t objective = 0; objective < directions.size(); ++objective)
    Query(*connection_,
          "INSERT INTO study_directions (direction, study_id, objective) VALUES (?, ?, ?)")
        .bind(std::string(directions[objective] == Direction::minimize ? "MINIMIZE" : "MAXIMIZE"))
        .bind(info.key.id)
        .bind(static_cast<std::int64_t>(objective))
        .run();
  if (info.settings) write_settings(info.key, settings_to_json(settings));
  return info;
}

void SqlStorage::write_settings(const StudyKey& study, const std::string& settings_json) {
  Query(*connection_,
        "INSERT INTO hone_studies (study_id, settings_json, token) VALUES (?, ?, ?) ON CONFLICT "
        "(study_id) DO UPDATE SET settings_json=excluded.settings_json, token=excluded.token")
      .bind(study.id)
      .bind(settings_json)
      .bind(study.token)
      .run();
  Query(*connection_, "UPDATE hone_studies SET digest=? WHERE study_id=?")
      .bind(digest_of_study(study.id))
      .bind(study.id)
      .run();
}

std::string SqlStorage::digest_of_study(std::int64_t study) {
  RowDigest digest;
  Query row(*connection_,
            "SELECT s.study_id, s.study_name, h.settings_json, h.token FROM studies s JOIN "
            "hone_studies h ON h.study_id=s.study_id WHERE s.study_id=?");
  if (row.bind(study).step()) digest.add_row(row, 0, "ittt");
  Query directions(*connection_,
                   "SELECT objective, direction FROM study_directions WHERE study_id=? ORDER BY "
                   "objective");
  for (directions.bind(study); directions.step();) digest.add_row(directions, 0, "it");
  return digest.hex();
}

StudyKey SqlStorage::adopt_study(const StudyKey& study,
                                 const std::map<std::string, std::string>& settings) {
  const Lock lock(mutex_);
  return transact(kWrite, [&] {
    lock_study(study);
    StudyKey key = study;
    std::map<std::string, std::string> stored;
    {
      Query known(*connection_, "SELECT token, settings_json FROM hone_studies WHERE study_id=?");
      if (known.bind(study.id).step()) {
        key.token = known.text(0);
        stored = settings_from_json(known.text(1), place() + ", settings");
      }
    }
    auto merged = stored;
    merged.insert(settings.begin(), settings.end());
    if (merged != stored || key.token.empty()) {
      if (key.token.empty()) key.token = new_token();
      write_settings(key, settings_to_json(merged));
    }
    return key;
  });
}

std::optional<StudyInfo> SqlStorage::find_study(const std::string& name) {
  const Lock lock(mutex_);
  return transact(kRead, [&] { return read_study(name); });
}

std::optional<StudyInfo> SqlStorage::read_study(const std::string& name) {
  StudyInfo info;
  info.name = name;
  const std::string what = fmt::format("{}: study {}", place(), printable(name));
  {
    Query study(*connection_, "SELECT study_id FROM studies WHERE study_name=?");
    if (!study.bind(name).step()) return std::nullopt;
    info.key.id = study.integer(0);
  }
  info.directions = read_directions(info.key.id, name);
  Query settings(*connection_,
                 "SELECT settings_json, token, digest FROM hone_studies WHERE study_id=?");
  if (settings.bind(info.key.id).step()) {
    info.key.token = settings.text(1);
    if (!settings.is_null(2) && settings.text(2) != digest_of_study(info.key.id))
      fail_store("{}: its name, directions or settings are damaged; restore a copy", what);
    info.settings = settings_from_json(settings.text(0), what + ", settings");
  } else if (Query(*connection_,
                   "SELECT 1 FROM trials t JOIN hone_trials h ON h.trial_id=t.trial_id WHERE "
                   "t.study_id=? LIMIT 1")
                 .bind(info.key.id)
                 .step()) {
    fail_store("{}: is damaged, it has trials of hone but no settings; restore a copy", what);
  }
  read_study_attrs(info);
  return info;
}

std::vector<Direction> SqlStorage::read_directions(std::int64_t study, const std::string& name) {
  const auto what = [&] { return fmt::format("{}: study {}", place(), printable(name)); };
  std::vector<Direction> list;
  Query directions(*connection_,
                   "SELECT direction FROM study_directions WHERE study_id=? ORDER BY objective");
  for (directions.bind(study); directions.step();) {
    const std::string direction = directions.text(0);
    if (direction != "MINIMIZE" && direction != "MAXIMIZE")
      fail_store("{}: the direction {} is unknown", what(), printable(direction));
    list.push_back(direction == "MINIMIZE" ? Direction::minimize : Direction::maximize);
  }
  if (list.empty()) fail_store("{}: has no direction", what());
  return list;
}

void SqlStorage::read_study_attrs(StudyInfo& info) {
  std::map<std::pair<bool, std::string>, std::string> digests;
  Query written(*connection_,
                "SELECT is_system, \"key\", digest FROM hone_study_attributes WHERE study_id=?");
  for (written.bind(info.key.id); written.step();)
    digests[{written.integer(0) != 0, written.text(1)}] = written.text(2);
  const auto take = [&](bool system, Query& rows) {
    for (rows.bind(info.key.id); rows.step();) {
      const std::string key = rows.text(0), json = rows.text(1);
      const auto digest = digests.find({system, key});
      if (digest != digests.end() && digest->second != digest_of_text(json))
        info.changed_attrs.push_back(key);
      (system ? info.system_attrs : info.user_attrs)[key] = json;
    }
  };
  Query user(*connection_,
             "SELECT \"key\", value_json FROM study_user_attributes WHERE study_id=?");
  take(false, user);
  Query system(*connection_,
               "SELECT \"key\", value_json FROM study_system_attributes WHERE study_id=?");
  take(true, system);
}

std::vector<StudySummary> SqlStorage::list_studies() {
  const Lock lock(mutex_);
  return transact(kRead, [&] {
    std::vector<StudySummary> list;
    std::vector<std::int64_t> keys;
    Query studies(*connection_, "SELECT study_id, study_name FROM studies ORDER BY study_id");
    while (studies.step()) {
      keys.push_back(studies.integer(0));
      list.emplace_back().name = studies.text(1);
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
      list[i].directions = read_directions(keys[i], list[i].name);
      summarize(keys[i], list[i]);
    }
    return list;
  });
}

// From the states and values alone: a study of many trials is not read for a line of a list.
void SqlStorage::summarize(std::int64_t study, StudySummary& summary) {
  Query states(*connection_,
               "SELECT t.state, h.released, h.token FROM trials t LEFT JOIN hone_trials h ON "
               "h.trial_id=t.trial_id WHERE t.study_id=?");
  for (states.bind(study); states.step();)
    count_state(summary, read_state(states, 0, 1, 2, place()), 1);
  Query values(*connection_,
               "SELECT v.value, v.value_type FROM trials t JOIN trial_values v ON "
               "v.trial_id=t.trial_id WHERE t.study_id=? AND t.state='COMPLETE' AND v.objective=0");
  for (values.bind(study); values.step();) {
    const double value = read_special(values, 0, [&] { return place(); });
    if (!std::isnan(value)) keep_best(summary, value);
  }
}

bool SqlStorage::remove_study(const std::string& name) {
  const Lock lock(mutex_);
  return transact(kWrite, [&] { return delete_study(name); });
}

bool SqlStorage::delete_study(const std::string& name) {
  std::int64_t id = 0;
  {
    Query query(*connection_, "SELECT study_id FROM studies WHERE study_name=? /*pg FOR UPDATE */");
    if (!query.bind(name).step()) return false;
    id = query.integer(0);
  }
  check_left(id, name);
  constexpr const char* kDeletions[] = {
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
      "DELETE FROM hone_reruns WHERE trial_id IN (SELECT trial_id FROM trials WHERE study_id=?)",
      "DELETE FROM trials WHERE study_id=?",
      "DELETE FROM study_directions WHERE study_id=?",
      "DELETE FROM study_user_attributes WHERE study_id=?",
      "DELETE FROM study_system_attributes WHERE study_id=?",
      "DELETE FROM hone_study_attributes WHERE study_id=?",
      "DELETE FROM hone_studies WHERE study_id=?",
      "DELETE FROM studies WHERE study_id=?",
  };
  for (const char* sql : kDeletions) Query(*connection_, sql).bind(id).run();
  return true;
}

void SqlStorage::set_study_attr(const StudyKey& study, bool system, const std::string& key,
                                const std::string& json) {
  const Lock lock(mutex_);
  transact(kWrite, [&] { write_study_attr(study, system, key, json); });
}

void SqlStorage::write_study_attr(const StudyKey& study, bool system, const std::string& key,
                                  const std::string& json) {
  check_study(study);
  Query(
      *connection_,
      system
          ? "INSERT INTO study_system_attributes (study_id, \"key\", value_json) VALUES (?, ?, ?) "
            "ON CONFLICT (study_id, \"key\") DO UPDATE SET value_json=excluded.value_json"
          : "INSERT INTO study_user_attributes (study_id, \"key\", value_json) VALUES (?, ?, ?) "
            "ON CONFLICT (study_id, \"key\") DO UPDATE SET value_json=excluded.value_json")
      .bind(study.id)
      .bind(key)
      .bind(json)
      .run();
  Query(*connection_,
        "INSERT INTO hone_study_attributes (study_id, is_system, \"key\", digest) VALUES (?, ?, ?, "
        "?) ON CONFLICT (study_id, is_system, \"key\") DO UPDATE SET digest=excluded.digest")
      .bind(study.id)
      .bind(std::int64_t{system})
      .bind(key)
      .bind(digest_of_text(json))
      .run();
}

}  // namespace hone::tune
