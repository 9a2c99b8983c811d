// The tables: Optuna's, word for word, and those that only hone has.
#include "tune/storage/sqlite_schema.h"

#include <array>
#include <set>
#include <string>

#include "base/error.h"
#include "base/version.h"
#include "tune/storage/storage.h"

namespace hone::tune {
namespace {

// The stamp that Optuna 3.2 and all later versions expect; it has not moved since.
constexpr const char* kStamp = "v3.2.0.a";

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

// Optuna and its dashboard ignore tables they do not know.
constexpr const char* kHoneTables[] = {
    // What a study must be continued with; its token, which no other study has had.
    R"(CREATE TABLE IF NOT EXISTS hone_studies (
	study_id INTEGER NOT NULL PRIMARY KEY,
	settings_json TEXT NOT NULL
))",
    // Who runs a trial (token NULL: nobody), what its sampler saw, whether it is queued to be run
    // again (released 1; it stays RUNNING in `trials`; 2 is kept for paused trials), what it was
    // enqueued with.
    R"(CREATE TABLE IF NOT EXISTS hone_trials (
	trial_id INTEGER NOT NULL PRIMARY KEY,
	token TEXT,
	seen TEXT,
	released INTEGER NOT NULL DEFAULT 0,
	enqueued_params TEXT,
	worker TEXT
))",
    // What the pruner answered, and to which history.
    R"(CREATE TABLE IF NOT EXISTS hone_reports (
	trial_id INTEGER NOT NULL,
	step INTEGER NOT NULL,
	prune INTEGER NOT NULL,
	reason TEXT,
	seen TEXT,
	PRIMARY KEY (trial_id, step)
) WITHOUT ROWID)",
    // The processes that run trials. Each holds a lock on the byte lock_at of the side file, and
    // renews its lease: beat_ms, by the clock of the database, is the last time it did.
    R"(CREATE TABLE IF NOT EXISTS hone_workers (
	worker TEXT NOT NULL PRIMARY KEY,
	pid INTEGER NOT NULL,
	host TEXT NOT NULL,
	boot_id TEXT NOT NULL,
	lock_device INTEGER NOT NULL,
	lock_inode INTEGER NOT NULL,
	lock_at INTEGER NOT NULL,
	lease_ms INTEGER NOT NULL,
	beat_ms INTEGER NOT NULL
))",
};
// The trials that a worker runs, found without a look at all the others. After kNewColumns.
constexpr const char* kHeldIndex =
    "CREATE INDEX IF NOT EXISTS hone_trials_held ON hone_trials (worker) WHERE token IS NOT NULL";

struct Column {
  const char* table;
  const char* name;
};
// What this program reads or writes; a file that lacks one is not ours to touch.
constexpr Column kColumns[] = {
    {"studies", "study_id"},
    {"studies", "study_name"},
    {"version_info", "schema_version"},
    {"study_directions", "direction"},
    {"study_directions", "study_id"},
    {"study_directions", "objective"},
    {"study_user_attributes", "study_id"},
    {"study_user_attributes", "key"},
    {"study_user_attributes", "value_json"},
    {"study_system_attributes", "study_id"},
    {"study_system_attributes", "key"},
    {"study_system_attributes", "value_json"},
    {"trials", "trial_id"},
    {"trials", "number"},
    {"trials", "study_id"},
    {"trials", "state"},
    {"trials", "datetime_start"},
    {"trials", "datetime_complete"},
    {"trial_user_attributes", "trial_id"},
    {"trial_user_attributes", "key"},
    {"trial_user_attributes", "value_json"},
    {"trial_system_attributes", "trial_id"},
    {"trial_system_attributes", "key"},
    {"trial_system_attributes", "value_json"},
    {"trial_params", "trial_id"},
    {"trial_params", "param_name"},
    {"trial_params", "param_value"},
    {"trial_params", "distribution_json"},
    {"trial_values", "trial_id"},
    {"trial_values", "objective"},
    {"trial_values", "value"},
    {"trial_values", "value_type"},
    {"trial_intermediate_values", "trial_id"},
    {"trial_intermediate_values", "step"},
    {"trial_intermediate_values", "intermediate_value"},
    {"trial_intermediate_values", "intermediate_value_type"},
    {"trial_heartbeats", "trial_id"},
};
constexpr Column kHoneColumns[] = {
    {"hone_studies", "settings_json"},
    {"hone_trials", "token"},
    {"hone_trials", "seen"},
    {"hone_trials", "released"},
    {"hone_trials", "enqueued_params"},
    {"hone_trials", "worker"},
    {"hone_reports", "step"},
    {"hone_reports", "seen"},
    {"hone_workers", "lock_at"},
    {"hone_workers", "beat_ms"},
};
// Columns that version 0.1.0 did not make.
struct NewColumn {
  Column column;
  const char* sql;
};
constexpr NewColumn kNewColumns[] = {
    {{"hone_trials", "worker"}, "ALTER TABLE hone_trials ADD COLUMN worker TEXT"},
};

bool has_column(Database& database, const Column& column) {
  Query query(database,
              "SELECT 1 FROM sqlite_master m JOIN pragma_table_info(m.name) c "
              "WHERE m.type='table' AND m.name=? AND c.name=?");
  return query.bind(std::string(column.table)).bind(std::string(column.name)).step();
}

template <class Columns>
void check_columns(Database& database, const Columns& columns) {
  for (const Column& column : columns)
    if (!has_column(database, column))
      fail_store(
          "{}: is not a study database that this version can write: table {} has no column {}; "
          "choose another "
          "file",
          printable(database.path()), column.table, column.name);
}

bool table_exists(Database& database, const std::string& name) {
  return Query(database, "SELECT 1 FROM sqlite_master WHERE type='table' AND name=?")
      .bind(name)
      .step();
}

bool is_empty(Database& database) {
  return !Query(database, "SELECT 1 FROM sqlite_master LIMIT 1").step();
}

void create_tables(Database& database) {
  for (const char* sql : kOptunaTables) database.exec(sql);
  Query(database,
        "INSERT INTO version_info (version_info_id, schema_version, library_version) VALUES (1, "
        "12, ?)")
      .bind(std::string("hone ") + kVersion)
      .run();
  Query(database, "INSERT INTO alembic_version (version_num) VALUES (?)")
      .bind(std::string(kStamp))
      .run();
}

void check_stamp(Database& database) {
  const std::string shown = printable(database.path());
  if (!table_exists(database, "alembic_version") || !table_exists(database, "version_info"))
    fail_store("{}: is a SQLite database but not one of studies; choose another file", shown);
  check_columns(database, std::array{Column{"alembic_version", "version_num"}});
  check_columns(database, kColumns);
  std::string stamp, schema;
  {
    Query query(database, "SELECT version_num FROM alembic_version");
    if (query.step()) stamp = query.text(0);
  }
  {
    Query query(database, "SELECT schema_version FROM version_info");
    if (query.step()) schema = query.text(0);
  }
  if (stamp == kStamp && schema == "12") return;
  const bool older = stamp < std::string(kStamp);
  fail_store(
      "{}: holds studies in the {} schema {} (version {}), this program writes {} (version 12); {}",
      shown, older ? "older" : "newer", printable(stamp), printable(schema), kStamp,
      older ? "run `optuna storage upgrade --storage sqlite:///FILE` once"
            : "use a newer version of hone");
}

}  // namespace

void prepare_schema(Database& database) {
  {
    const bool empty = is_empty(database);
    if (!empty) check_stamp(database);
    if (empty || !table_exists(database, "hone_workers")) {
      Transaction transaction(database);
      if (is_empty(database)) create_tables(database);
      for (const char* sql : kHoneTables) database.exec(sql);
      for (const NewColumn& added : kNewColumns)
        if (!has_column(database, added.column)) database.exec(added.sql);
      database.exec(kHeldIndex);
      transaction.commit();
    }
    check_columns(database, kHoneColumns);
    if (empty) check_stamp(database);
  }
  database.exec_when_free("PRAGMA journal_mode=WAL");
}

}  // namespace hone::tune
