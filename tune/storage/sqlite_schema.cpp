// The tables: Optuna's, word for word, and those that only hone has.
#include "tune/storage/sqlite_schema.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/version.h"
#include "tune/storage/hone_tables.h"
#include "tune/storage/optuna_schema.h"
#include "tune/storage/sql_read.h"
#include "tune/storage/storage.h"

namespace hone::tune {
namespace {

// As Optuna's own library creates them. Source: optuna/storages/_rdb/models.py, dumped from SQLite.
constexpr const char* kOptunaTables[] = {
    R"(CREATE TABLE studies (
	study_id INTEGER NOT NULL,
	study_name VARCHAR(512) NOT NULL,
	PRIMARY KEY (study_id)
))",
    R"(CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name))",
    R"(CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL,
	schema_version INTEGER,
	library_version VARCHAR(256),
	PRIMARY KEY (version_info_id),
	CHECK (version_info_id=1)
))",
    R"(CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL,
	direction VARCHAR(8) NOT NULL,
	study_id INTEGER NOT NULL,
	objective INTEGER NOT NULL,
	PRIMARY KEY (study_direction_id),
	UNIQUE (study_id, objective),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
))",
    R"(CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL,
	study_id INTEGER,
	"key" VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (study_user_attribute_id),
	UNIQUE (study_id, "key"),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
))",
    R"(CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL,
	study_id INTEGER,
	"key" VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (study_system_attribute_id),
	UNIQUE (study_id, "key"),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
))",
    R"(CREATE TABLE trials (
	trial_id INTEGER NOT NULL,
	number INTEGER,
	study_id INTEGER,
	state VARCHAR(8) NOT NULL,
	datetime_start DATETIME,
	datetime_complete DATETIME,
	PRIMARY KEY (trial_id),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
))",
    R"(CREATE INDEX ix_trials_study_id ON trials (study_id))",
    R"(CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL,
	trial_id INTEGER,
	"key" VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (trial_user_attribute_id),
	UNIQUE (trial_id, "key"),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
))",
    R"(CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL,
	trial_id INTEGER,
	"key" VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (trial_system_attribute_id),
	UNIQUE (trial_id, "key"),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
))",
    R"(CREATE TABLE trial_params (
	param_id INTEGER NOT NULL,
	trial_id INTEGER,
	param_name VARCHAR(512),
	param_value FLOAT,
	distribution_json TEXT,
	PRIMARY KEY (param_id),
	UNIQUE (trial_id, param_name),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
))",
    R"(CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL,
	trial_id INTEGER NOT NULL,
	objective INTEGER NOT NULL,
	value FLOAT,
	value_type VARCHAR(7) NOT NULL,
	PRIMARY KEY (trial_value_id),
	UNIQUE (trial_id, objective),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
))",
    R"(CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL,
	trial_id INTEGER NOT NULL,
	step INTEGER NOT NULL,
	intermediate_value FLOAT,
	intermediate_value_type VARCHAR(7) NOT NULL,
	PRIMARY KEY (trial_intermediate_value_id),
	UNIQUE (trial_id, step),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
))",
    R"(CREATE TABLE trial_heartbeats (
	trial_heartbeat_id INTEGER NOT NULL,
	trial_id INTEGER NOT NULL,
	heartbeat DATETIME NOT NULL,
	PRIMARY KEY (trial_heartbeat_id),
	UNIQUE (trial_id),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
))",
    R"(CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
))",
};

constexpr HoneTableWords kWords{.int64 = "INTEGER", .keyed = " WITHOUT ROWID"};

using Column = SchemaColumn;
constexpr Column kHoneColumns[] = {
    {"hone_studies", "settings_json"}, {"hone_studies", "token"},
    {"hone_studies", "digest"},        {"hone_study_attributes", "digest"},
    {"hone_trials", "token"},          {"hone_trials", "seen"},
    {"hone_trials", "released"},       {"hone_trials", "enqueued_params"},
    {"hone_trials", "worker"},         {"hone_trials", "faults"},
    {"hone_trials", "digest"},         {"hone_reports", "step"},
    {"hone_reports", "seen"},          {"hone_workers", "lock_at"},
    {"hone_workers", "beat_ms"},       {"hone_reruns", "seed_index"},
};
// Columns of tables that version 0.1.0 made without them.
struct NewColumn {
  const char* table;
  const char* name;
  const char* type;
  const char* value;  // in a file that is open for reading
};
constexpr NewColumn kNewColumns[] = {
    {"hone_studies", "token", "TEXT", "NULL"},
    {"hone_studies", "digest", "TEXT", "NULL"},
    {"hone_trials", "given_params", "TEXT", "NULL"},
    {"hone_trials", "worker", "TEXT", "NULL"},
    {"hone_trials", "faults", "INTEGER NOT NULL DEFAULT 0", "0"},
    {"hone_trials", "digest", "TEXT", "NULL"},
};

bool has_column(SqliteConnection& database, const Column& column) {
  Query query(database,
              "SELECT 1 FROM sqlite_master m JOIN pragma_table_info(m.name, 'main') c "
              "WHERE m.type='table' AND m.name=? AND c.name=?");
  return query.bind(std::string(column.table)).bind(std::string(column.name)).step();
}

template <class Columns>
void check_columns(SqliteConnection& database, const Columns& columns) {
  for (const Column& column : columns)
    if (!has_column(database, column))
      fail_store(
          "{}: is not a study database that this version can write: table {} has no column {}; "
          "choose another "
          "file",
          printable(database.name()), column.table, column.name);
}

bool table_exists(SqliteConnection& database, const std::string& name) {
  return Query(database, "SELECT 1 FROM sqlite_master WHERE type='table' AND name=?")
      .bind(name)
      .step();
}

bool is_empty(SqliteConnection& database) {
  return !Query(database, "SELECT 1 FROM sqlite_master LIMIT 1").step();
}

void create_tables(SqliteConnection& database) {
  for (const char* sql : kOptunaTables) database.exec(sql);
  Query(database,
        "INSERT INTO version_info (version_info_id, schema_version, library_version) VALUES (1, "
        "12, ?)")
      .bind(std::string("hone ") + kVersion)
      .run();
  Query(database, "INSERT INTO alembic_version (version_num) VALUES (?)")
      .bind(std::string(kOptunaStamp))
      .run();
}

void check_stamp(SqliteConnection& database) {
  const std::string shown = printable(database.name());
  if (!table_exists(database, "alembic_version") || !table_exists(database, "version_info"))
    fail_store("{}: is a SQLite database but not one of studies; choose another file", shown);
  check_columns(database, std::array{Column{"alembic_version", "version_num"}});
  check_columns(database, kOptunaColumns);
  std::string stamp, schema;
  {
    Query query(database, "SELECT version_num FROM alembic_version");
    if (query.step()) stamp = query.text(0);
  }
  {
    Query query(database, "SELECT schema_version FROM version_info");
    if (query.step()) schema = query.text(0);
  }
  if (stamp == kOptunaStamp && schema == kOptunaSchema) return;
  const bool older = stamp < std::string(kOptunaStamp);
  fail_store(
      "{}: holds studies in the {} schema {} (version {}), this program writes {} (version 12); {}",
      shown, older ? "older" : "newer", printable(stamp), printable(schema), kOptunaStamp,
      older ? "run `optuna storage upgrade --storage sqlite:///FILE` once"
            : "use a newer version of hone");
}

// A row key at the upper end leaves no place behind it: SQLite would give out random ones, and what
// counts on their order would go wrong.
void check_keys(SqliteConnection& database) {
  constexpr std::pair<const char*, const char*> kKeys[] = {
      {"study_id", "SELECT MIN(study_id), MAX(study_id) FROM studies"},
      {"trial_id", "SELECT MIN(trial_id), MAX(trial_id) FROM trials"},
      {"param_id", "SELECT MIN(param_id), MAX(param_id) FROM trial_params"},
  };
  for (const auto& [name, sql] : kKeys) {
    Query query(database, sql);
    if (!query.step() || query.is_null(0)) continue;
    if (query.integer(0) < 1 || query.integer(1) > kLargestKey)
      fail_store("{}: is damaged ({} {} is out of range); restore a copy",
                 printable(database.name()), name,
                 query.integer(0) < 1 ? query.integer(0) : query.integer(1));
  }
}

bool is_complete(SqliteConnection& database) {
  for (const HoneTable& table : kHoneTables)
    if (!table_exists(database, table.name)) return false;
  for (const NewColumn& column : kNewColumns)
    if (!has_column(database, {column.table, column.name})) return false;
  return true;
}

void add_tables(SqliteConnection& database) {
  Transaction transaction(database);
  if (is_empty(database)) create_tables(database);
  for (const HoneTable& table : kHoneTables)
    if (!table_exists(database, table.name)) database.exec(statement_of(table, kWords, "").c_str());
  for (const NewColumn& column : kNewColumns)
    if (!has_column(database, {column.table, column.name}))
      database.exec(
          fmt::format("ALTER TABLE {} ADD COLUMN {} {}", column.table, column.name, column.type)
              .c_str());
  transaction.commit();
}

}  // namespace

void prepare_schema(SqliteConnection& database) {
  const bool empty = is_empty(database);
  if (!empty) check_stamp(database);
  if (!is_complete(database)) add_tables(database);
  check_columns(database, kHoneColumns);
  if (empty) check_stamp(database);
  check_keys(database);
  database.exec_when_free("PRAGMA journal_mode=WAL");
}

bool check_schema(SqliteConnection& database) {
  if (is_empty(database))
    fail_store("{}: is a SQLite database but not one of studies; choose another file",
               printable(database.name()));
  check_stamp(database);
  check_keys(database);
  return is_complete(database);
}

void stand_in(SqliteConnection& database) {
  for (const HoneTable& table : kHoneTables) {
    if (!table_exists(database, table.name)) {
      database.exec(statement_of(table, kWords, "TEMP ").c_str());
      continue;
    }
    std::string missing;
    for (const NewColumn& column : kNewColumns)
      if (column.table == std::string(table.name) &&
          !has_column(database, {column.table, column.name}))
        missing += fmt::format(", {} AS {}", column.value, column.name);
    if (!missing.empty())
      database.exec(
          fmt::format("CREATE TEMP VIEW {0} AS SELECT *{1} FROM main.{0}", table.name, missing)
              .c_str());
  }
}

void stand_back(SqliteConnection& database) {
  std::vector<std::string> drops;
  {
    Query temporary(database,
                    "SELECT type, name FROM sqlite_temp_master WHERE type IN ('table', 'view')");
    while (temporary.step())
      drops.push_back(fmt::format("DROP {} temp.{}", temporary.text(0), temporary.text(1)));
  }
  for (const std::string& drop : drops) database.exec(drop.c_str());
}

}  // namespace hone::tune
