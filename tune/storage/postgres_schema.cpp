// The tables on PostgreSQL.
#include "tune/storage/postgres_schema.h"

#include <fmt/format.h>

#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/version.h"
#include "tune/storage/hone_tables.h"
#include "tune/storage/optuna_schema.h"
#include "tune/storage/postgres_connection.h"
#include "tune/storage/storage.h"

namespace hone::tune {
namespace {

// As Optuna's own library creates them. Source: optuna/storages/_rdb/models.py, dumped from
// PostgreSQL 15 after Optuna 5.0.0.
constexpr const char* kOptunaTables[] = {
    "CREATE TYPE studydirection AS ENUM ('NOT_SET', 'MINIMIZE', 'MAXIMIZE')",
    "CREATE TYPE trialstate AS ENUM ('RUNNING', 'COMPLETE', 'PRUNED', 'FAIL', 'WAITING')",
    "CREATE TYPE trialvaluetype AS ENUM ('FINITE', 'INF_POS', 'INF_NEG')",
    "CREATE TYPE trialintermediatevaluetype AS ENUM ('FINITE', 'INF_POS', 'INF_NEG', 'NAN')",
    R"(CREATE TABLE studies (
	study_id SERIAL NOT NULL,
	study_name VARCHAR(512) NOT NULL,
	PRIMARY KEY (study_id)
))",
    "CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name)",
    R"(CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL,
	schema_version INTEGER,
	library_version VARCHAR(256),
	PRIMARY KEY (version_info_id),
	CHECK (version_info_id = 1)
))",
    R"(CREATE TABLE study_directions (
	study_direction_id SERIAL NOT NULL,
	direction studydirection NOT NULL,
	study_id INTEGER NOT NULL,
	objective INTEGER NOT NULL,
	PRIMARY KEY (study_direction_id),
	UNIQUE (study_id, objective),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
))",
    R"(CREATE TABLE study_user_attributes (
	study_user_attribute_id SERIAL NOT NULL,
	study_id INTEGER,
	key VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (study_user_attribute_id),
	UNIQUE (study_id, key),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
))",
    R"(CREATE TABLE study_system_attributes (
	study_system_attribute_id SERIAL NOT NULL,
	study_id INTEGER,
	key VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (study_system_attribute_id),
	UNIQUE (study_id, key),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
))",
    R"(CREATE TABLE trials (
	trial_id SERIAL NOT NULL,
	number INTEGER,
	study_id INTEGER,
	state trialstate NOT NULL,
	datetime_start TIMESTAMP WITHOUT TIME ZONE,
	datetime_complete TIMESTAMP WITHOUT TIME ZONE,
	PRIMARY KEY (trial_id),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
))",
    "CREATE INDEX ix_trials_study_id ON trials (study_id)",
    R"(CREATE TABLE trial_user_attributes (
	trial_user_attribute_id SERIAL NOT NULL,
	trial_id INTEGER,
	key VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (trial_user_attribute_id),
	UNIQUE (trial_id, key),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
))",
    R"(CREATE TABLE trial_system_attributes (
	trial_system_attribute_id SERIAL NOT NULL,
	trial_id INTEGER,
	key VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (trial_system_attribute_id),
	UNIQUE (trial_id, key),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
))",
    R"(CREATE TABLE trial_params (
	param_id SERIAL NOT NULL,
	trial_id INTEGER,
	param_name VARCHAR(512),
	param_value DOUBLE PRECISION,
	distribution_json TEXT,
	PRIMARY KEY (param_id),
	UNIQUE (trial_id, param_name),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
))",
    R"(CREATE TABLE trial_values (
	trial_value_id SERIAL NOT NULL,
	trial_id INTEGER NOT NULL,
	objective INTEGER NOT NULL,
	value DOUBLE PRECISION,
	value_type trialvaluetype NOT NULL,
	PRIMARY KEY (trial_value_id),
	UNIQUE (trial_id, objective),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
))",
    R"(CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id SERIAL NOT NULL,
	trial_id INTEGER NOT NULL,
	step INTEGER NOT NULL,
	intermediate_value DOUBLE PRECISION,
	intermediate_value_type trialintermediatevaluetype NOT NULL,
	PRIMARY KEY (trial_intermediate_value_id),
	UNIQUE (trial_id, step),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
))",
    R"(CREATE TABLE trial_heartbeats (
	trial_heartbeat_id SERIAL NOT NULL,
	trial_id INTEGER NOT NULL,
	heartbeat TIMESTAMP WITHOUT TIME ZONE NOT NULL,
	PRIMARY KEY (trial_heartbeat_id),
	UNIQUE (trial_id),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
))",
    R"(CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
))",
};

constexpr HoneTableWords kWords{.int64 = "BIGINT", .keyed = ""};

// The last transaction that a connection has committed (PostgresConnection::commit).
constexpr HoneTable kCommits = {"hone_commits", R"(CREATE {temp}TABLE hone_commits (
	connection TEXT NOT NULL PRIMARY KEY,
	number {int64} NOT NULL,
	at_time TIMESTAMP WITH TIME ZONE NOT NULL
))"};

std::vector<HoneTable> own_tables() {
  std::vector<HoneTable> tables(std::begin(kHoneTables), std::end(kHoneTables));
  tables.push_back(kCommits);
  return tables;
}

using Columns = std::set<std::pair<std::string, std::string>>;

// Of the tables that stand in the schema where new ones would be made.
Columns columns_of(PostgresConnection& database) {
  Columns columns;
  Query query(database,
              "SELECT table_name, column_name FROM information_schema.columns WHERE "
              "table_schema=current_schema()");
  while (query.step()) columns.insert({query.text(0), query.text(1)});
  return columns;
}

bool has_table(const Columns& columns, const std::string& table) {
  const auto found = columns.lower_bound({table, ""});
  return found != columns.end() && found->first == table;
}

std::string only_value(PostgresConnection& database, const char* sql) {
  Query query(database, sql);
  return query.step() ? query.text(0) : "";
}

void check_stamp(PostgresConnection& database, const Columns& columns) {
  const std::string shown = printable(database.name());
  for (const SchemaColumn& column : kOptunaColumns)
    if (!columns.contains({column.table, column.name}))
      fail_store(
          "{}: is not a study database that this version can write: table {} has no column {}; "
          "choose another database",
          shown, column.table, column.name);
  const std::string stamp = only_value(database, "SELECT version_num FROM alembic_version");
  const std::string schema = only_value(database, "SELECT schema_version FROM version_info");
  if (stamp == kOptunaStamp && schema == kOptunaSchema) return;
  const bool older = stamp < std::string(kOptunaStamp);
  fail_store(
      "{}: holds studies in the {} schema {} (version {}), this program writes {} (version {}); {}",
      shown, older ? "older" : "newer", printable(stamp), printable(schema), kOptunaStamp,
      kOptunaSchema, older ? "run `optuna storage upgrade` once" : "use a newer version of hone");
}

}  // namespace

bool schema_is_complete(PostgresConnection& database, bool must_exist) {
  const Columns columns = columns_of(database);
  if (!has_table(columns, "alembic_version")) {
    if (must_exist || has_table(columns, "studies") || has_table(columns, "trials"))
      fail_store("{}: holds no studies; check the name of the database",
                 printable(database.name()));
    return false;
  }
  check_stamp(database, columns);
  for (const HoneTable& table : own_tables())
    if (!has_table(columns, table.name)) return false;
  return true;
}

void make_schema(PostgresConnection& database) {
  database.exec("BEGIN; SELECT pg_advisory_xact_lock(7236837493113)");  // any number, always this
  try {
    const Columns columns = columns_of(database);
    if (!has_table(columns, "alembic_version")) {
      for (const char* sql : kOptunaTables) database.exec(sql);
      database.exec(fmt::format("INSERT INTO version_info VALUES (1, {}, 'hone {}')", kOptunaSchema,
                                kVersion));
      database.exec(fmt::format("INSERT INTO alembic_version VALUES ('{}')", kOptunaStamp));
    }
    for (const HoneTable& table : own_tables())
      if (!has_table(columns, table.name)) database.exec(statement_of(table, kWords, ""));
    database.exec("COMMIT");
  } catch (...) {
    database.rollback();
    throw;
  }
}

void stand_in(PostgresConnection& database) {
  const Columns columns = columns_of(database);
  for (const HoneTable& table : own_tables())
    if (!has_table(columns, table.name)) database.exec(statement_of(table, kWords, "TEMP "));
}

void stand_back(PostgresConnection& database) {
  for (const HoneTable& table : own_tables())
    database.exec(fmt::format("DROP TABLE IF EXISTS pg_temp.{}", table.name));
}

}  // namespace hone::tune
