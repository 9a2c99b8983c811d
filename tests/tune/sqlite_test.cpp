// The SQLite file: Optuna's schema to the letter, and every way in which a file can be bad.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <fstream>
#include <vector>

#include "base/error.h"
#include "tests/tune/sqlite_file.h"
#include "tests/tune/temp_folder.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

namespace {

StudyOptions options(const TempFolder& folder) {
  StudyOptions o;
  o.log = {};
  o.storage = folder.url();
  o.name = "s";
  return o;
}

void make_study(const TempFolder& folder, int trials = 3) {
  OptimizeOptions o;
  o.trials = trials;
  Study::open(options(folder))
      .optimize(
          [](Trial& trial) {
            const double x = trial.suggest_float("x", 0, 1);
            trial.report(1, x);
            return Outcome::complete(x);
          },
          o);
}

// Opening the file must be an Error(storage) whose text holds `part`.
void check_refused(const TempFolder& folder, const std::string& part) {
  try {
    Study::open(options(folder)).trials();
    FAIL("was opened; expected: " << part);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::storage);
    CHECK_MESSAGE(std::string(error.what()).find(part) != std::string::npos, error.what());
    CHECK_MESSAGE(std::string(error.what()).find("study.db") != std::string::npos, error.what());
  }
}

}  // namespace

TEST_CASE("the file has exactly Optuna's tables, columns, indices and stamps") {
  TempFolder folder;
  make_study(folder);
  Raw raw(folder.file());
  const std::string columns = raw.rows(
      "SELECT m.name, group_concat(c.name || ' ' || c.type || CASE WHEN c.\"notnull\" THEN ' NN' "
      "ELSE '' END || "
      "CASE WHEN c.pk THEN ' PK' ELSE '' END, ', ') FROM sqlite_master m JOIN "
      "pragma_table_info(m.name) c "
      "WHERE m.type='table' AND m.name NOT LIKE 'hone%' GROUP BY m.name ORDER BY m.name");
  CHECK(columns ==
        "alembic_version|version_num VARCHAR(32) NN PK\n"
        "studies|study_id INTEGER NN PK, study_name VARCHAR(512) NN\n"
        "study_directions|study_direction_id INTEGER NN PK, direction VARCHAR(8) NN, study_id "
        "INTEGER NN, "
        "objective INTEGER NN\n"
        "study_system_attributes|study_system_attribute_id INTEGER NN PK, study_id INTEGER, key "
        "VARCHAR(512), "
        "value_json TEXT\n"
        "study_user_attributes|study_user_attribute_id INTEGER NN PK, study_id INTEGER, key "
        "VARCHAR(512), "
        "value_json TEXT\n"
        "trial_heartbeats|trial_heartbeat_id INTEGER NN PK, trial_id INTEGER NN, heartbeat "
        "DATETIME NN\n"
        "trial_intermediate_values|trial_intermediate_value_id INTEGER NN PK, trial_id INTEGER NN, "
        "step INTEGER "
        "NN, intermediate_value FLOAT, intermediate_value_type VARCHAR(7) NN\n"
        "trial_params|param_id INTEGER NN PK, trial_id INTEGER, param_name VARCHAR(512), "
        "param_value FLOAT, "
        "distribution_json TEXT\n"
        "trial_system_attributes|trial_system_attribute_id INTEGER NN PK, trial_id INTEGER, key "
        "VARCHAR(512), "
        "value_json TEXT\n"
        "trial_user_attributes|trial_user_attribute_id INTEGER NN PK, trial_id INTEGER, key "
        "VARCHAR(512), "
        "value_json TEXT\n"
        "trial_values|trial_value_id INTEGER NN PK, trial_id INTEGER NN, objective INTEGER NN, "
        "value FLOAT, "
        "value_type VARCHAR(7) NN\n"
        "trials|trial_id INTEGER NN PK, number INTEGER, study_id INTEGER, state VARCHAR(8) NN, "
        "datetime_start "
        "DATETIME, datetime_complete DATETIME\n"
        "version_info|version_info_id INTEGER NN PK, schema_version INTEGER, library_version "
        "VARCHAR(256)\n");
  const std::string indices = raw.rows(
      "SELECT m.name, i.\"unique\", (SELECT group_concat(name) FROM pragma_index_info(i.name)) "
      "FROM sqlite_master "
      "m JOIN pragma_index_list(m.name) i WHERE m.type='table' AND m.name NOT LIKE 'hone%' ORDER "
      "BY m.name, 3");
  CHECK(
      indices ==
      "alembic_version|1|version_num\nstudies|1|study_name\nstudy_directions|1|study_id,objective\n"
      "study_system_attributes|1|study_id,key\nstudy_user_attributes|1|study_id,key\n"
      "trial_heartbeats|1|trial_id\ntrial_intermediate_values|1|trial_id,step\n"
      "trial_params|1|trial_id,param_name\ntrial_system_attributes|1|trial_id,key\n"
      "trial_user_attributes|1|trial_id,key\ntrial_values|1|trial_id,objective\ntrials|0|study_"
      "id\n");
  CHECK(
      raw.rows(
          "SELECT name FROM sqlite_master WHERE type='index' AND name LIKE 'ix%' ORDER BY name") ==
      "ix_studies_study_name\nix_trials_study_id\n");
  CHECK(raw.rows("SELECT * FROM alembic_version") == "v3.2.0.a\n");
  CHECK(raw.rows("SELECT * FROM version_info") == "1|12|hone 0.1.0\n");
  CHECK(raw.rows("SELECT * FROM study_directions") == "1|MINIMIZE|1|0\n");
  CHECK(raw.rows("SELECT number, state FROM trials") == "0|COMPLETE\n1|COMPLETE\n2|COMPLETE\n");
  CHECK(raw.rows("SELECT DISTINCT value_type FROM trial_values") == "FINITE\n");
  CHECK(raw.rows("SELECT COUNT(*) FROM trials WHERE datetime_complete GLOB "
                 "'20[0-9][0-9]-[01][0-9]-[0-3][0-9] "
                 "[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]'") == "3\n");
  CHECK(raw.rows("SELECT COUNT(*) FROM hone_trials WHERE token IS NOT NULL") == "0\n");
}

TEST_CASE("a clean close leaves one plain file") {
  TempFolder folder;
  make_study(folder);
  CHECK_FALSE(std::filesystem::exists(folder.file() + "-wal"));
  CHECK_FALSE(std::filesystem::exists(folder.file() + "-shm"));
  Raw raw(folder.file());
  CHECK(raw.rows("PRAGMA journal_mode") == "delete\n");
  CHECK(raw.rows("PRAGMA integrity_check") == "ok\n");
}

TEST_CASE("what is not a study database is refused with its reason") {
  {
    TempFolder folder;
    std::ofstream(folder.file()) << std::string(5000, 'x');
    check_refused(folder, "is not a SQLite database");
    CHECK(std::filesystem::file_size(folder.file()) == 5000);
  }
  {
    TempFolder folder;
    Raw(folder.file()).run("CREATE TABLE addresses (name TEXT)");
    check_refused(folder, "not one of studies");
  }
  {
    TempFolder folder;
    std::filesystem::create_directory(folder.path / "study.db");
    check_refused(folder, "not a regular file");
  }
  {
    TempFolder folder;
    REQUIRE(::mkfifo(folder.file().c_str(), 0600) == 0);
    check_refused(folder, "not a regular file");
  }
  TempFolder folder;
  StudyOptions o = options(folder);
  o.storage = "sqlite:///" + (folder.path / "missing" / "study.db").string();
  CHECK_THROWS_WITH_AS(Study::open(o), doctest::Contains("folder exists"), Error);
}

TEST_CASE("other schema versions and altered tables are refused with advice") {
  TempFolder original;
  make_study(original);
  const std::pair<const char*, const char*> cases[] = {
      {"UPDATE alembic_version SET version_num='v9.0.0.a'", "newer version of hone"},
      {"UPDATE alembic_version SET version_num='v3.0.0.d'", "storage upgrade"},
      {"UPDATE version_info SET schema_version=13", "schema"},
      {"DELETE FROM alembic_version", "schema"},
      {"ALTER TABLE trials RENAME COLUMN number TO n", "table trials has no column number"},
      {"DROP TABLE trial_params", "table trial_params has no column"},
      {"ALTER TABLE hone_trials RENAME COLUMN token TO t", "table hone_trials has no column token"},
      {"ALTER TABLE trials RENAME TO t2; CREATE VIEW trials AS SELECT * FROM t2",
       "table trials has no column"},
  };
  for (const auto& [sql, part] : cases) {
    TempFolder folder;
    std::filesystem::copy_file(original.file(), folder.file());
    Raw(folder.file()).run(sql);
    check_refused(folder, part);
  }
}

TEST_CASE("rows with impossible content are refused with their place") {
  TempFolder original;
  make_study(original);
  const std::pair<const char*, const char*> cases[] = {
      {"UPDATE trials SET state='DONE' WHERE number=1", "unknown state DONE"},
      {"UPDATE trials SET number=NULL WHERE number=1", "has no number"},
      {"UPDATE trials SET number=-5 WHERE number=1", "out of range"},
      {"UPDATE trial_params SET distribution_json='{' WHERE trial_id=2", "trial 1 is damaged"},
      {"UPDATE trial_params SET param_value=NULL WHERE trial_id=2", "trial 1 is damaged"},
      {"UPDATE trial_params SET param_value=0.5 WHERE trial_id=2", "trial 1 is damaged"},
      {"UPDATE trial_values SET value=0.5 WHERE trial_id=2", "trial 1 is damaged"},
      {"UPDATE trials SET state='FAIL' WHERE trial_id=2", "trial 1 is damaged"},
      {"UPDATE trials SET number=0 WHERE trial_id=2", "two trials have the number 0"},
      {"UPDATE trials SET trial_id=9223372036854775807 WHERE trial_id=3", "out of range"},
      {"UPDATE studies SET study_id=9223372036854775807", "out of range"},
      {"UPDATE hone_trials SET released=2; UPDATE trials SET state='RUNNING'", "newer version"},
      {"UPDATE hone_studies SET settings_json='{}'", "settings are damaged"},
      {"DELETE FROM hone_studies", "no settings"},
      {"UPDATE trial_values SET value_type='HUGE' WHERE trial_id=2", "unknown type HUGE"},
      {"UPDATE trial_intermediate_values SET step=-1 WHERE trial_id=2", "out of range"},
      {"UPDATE hone_studies SET settings_json='[1]'", "settings"},
  };
  for (const auto& [sql, part] : cases) {
    TempFolder folder;
    std::filesystem::copy_file(original.file(), folder.file());
    Raw(folder.file()).run(sql);
    try {
      Study::open(options(folder)).trials();
      FAIL("was read: " << sql);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::storage);
      CHECK_MESSAGE(std::string(error.what()).find(part) != std::string::npos, error.what());
    }
  }
  TempFolder folder;
  make_study(folder);
  Raw(folder.file())
      .run(
          "DELETE FROM hone_studies; DELETE FROM hone_trials; "
          "INSERT INTO study_directions (direction, study_id, objective) VALUES ('MINIMIZE', 1, "
          "1)");
  CHECK_THROWS_WITH_AS(Study::open(options(folder)),
                       doctest::Contains("direction: minimize, minimize -> minimize"), Error);
}

TEST_CASE("a damaged file is refused or read, never more") {
  TempFolder original;
  make_study(original, 30);
  const auto size = std::filesystem::file_size(original.file());
  // The head of every third page, which SQLite must notice, and places anywhere, which it may not.
  std::vector<std::uintmax_t> places;
  for (std::uintmax_t page = 0; page < size; page += 3 * 4096) places.push_back(page);
  const std::size_t heads = places.size();
  for (std::uintmax_t at = 2000; at < size; at += 17011) places.push_back(at);
  std::size_t refused = 0;
  for (const std::uintmax_t at : places) {
    TempFolder folder;
    std::filesystem::copy_file(original.file(), folder.file());
    {
      std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(static_cast<std::streamoff>(at));
      file.write("\xff\x01\xfe\x7f\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\x55", 16);
    }
    try {
      Study::open(options(folder)).trials();
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(heads > 5);
  CHECK(refused >= heads);
  TempFolder cut;
  std::filesystem::copy_file(original.file(), cut.file());
  std::filesystem::resize_file(cut.file(), size / 2);
  check_refused(cut, "damaged");
}

TEST_CASE("a trigger in a foreign file does not run") {
  TempFolder folder;
  make_study(folder);
  Raw(folder.file())
      .run("CREATE TRIGGER t AFTER INSERT ON trials BEGIN DELETE FROM trials WHERE number=0; END");
  make_study(folder, 5);
  CHECK(Study::load(folder.url()).trials().size() == 5);
}

TEST_CASE("a locked file is reported after the time to wait") {
  TempFolder folder;
  make_study(folder);
  SqliteOptions quick;
  quick.busy_seconds = 0.1;
  {
    Raw other(folder.file());
    other.run("BEGIN EXCLUSIVE");
    const auto begin = std::chrono::steady_clock::now();
    CHECK_THROWS_WITH_AS(open_file(folder.file(), quick),
                         doctest::Contains("is locked by another program"), Error);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  }
  const auto storage = open_file(folder.file(), quick);
  const auto study = storage->find_study("s")->key;
  Raw other(folder.file());
  other.run("BEGIN IMMEDIATE");
  CHECK_THROWS_WITH_AS(storage->start({study, 0, 0, ""}), doctest::Contains("is locked"), Error);
  CHECK(storage->read_trials(study).size() == 3);  // readers are not held up
  other.run("COMMIT");
  CHECK(storage->start({study, 0, 0, ""}).kind == Started::Kind::started);
}

TEST_CASE("a full disk is one clear error, and what was stored stays") {
  TempFolder folder;
  make_study(folder);
  int stored = 0;
  {
    SqliteOptions small;
    small.max_pages = 60;
    const auto storage = open_file(folder.file(), small);
    const auto study = storage->find_study("s")->key;
    try {
      for (int i = 0; i < 1000; ++i) {
        const Started started = storage->start({study, 0, 0, ""});
        TrialChange change;
        change.user_attrs["k"] = "\"" + std::string(2000, 'x') + "\"";
        change.final_state = TrialState::complete;
        change.values = {static_cast<double>(i)};
        storage->write(started.trial.id, started.token, change);
        ++stored;
      }
      FAIL("the file grew without end");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::storage);
      CHECK(std::string(error.what()).find("disk is full") != std::string::npos);
    }
  }
  Raw raw(folder.file());
  CHECK(raw.rows("PRAGMA integrity_check") == "ok\n");
  CHECK(raw.rows("SELECT COUNT(*) FROM trials WHERE state='COMPLETE'") ==
        fmt::format("{}\n", stored + 3));
}

TEST_CASE("the limit on file sizes is an error, not the end of the process") {
  TempFolder folder;
  make_study(folder);
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      const rlimit limit{400 << 10, 400 << 10};
      if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(9);
      const auto storage = open_file(folder.file());
      const auto study = storage->find_study("s")->key;
      for (int i = 0; i < 1000; ++i)
        storage->enqueue(study, {{"k", "\"" + std::string(5000, 'x') + "\""}}, {});
      ::_exit(1);
    } catch (const StoreError& error) {
      const bool clear = std::string(error.what()).find("ulimit -f") != std::string::npos;
      if (!clear) ::fprintf(stderr, "%s\n", error.what());
      ::_exit(clear ? 0 : 2);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  const auto trials =
      open_file(folder.file())->read_trials(open_file(folder.file())->find_study("s")->key);
  CHECK(trials.size() > 3);
}

TEST_CASE("a write that found the file locked leaves the thread's signals as they were") {
  TempFolder folder;
  make_study(folder);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit limit{rlim_t{1} << 30, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  {
    const auto storage = open_file(folder.file(), {.busy_seconds = 0.05});
    Raw other(folder.file());
    other.run("BEGIN IMMEDIATE");
    CHECK_THROWS_AS(storage->enqueue(storage->find_study("s")->key, {}, {}), StoreError);
    sigset_t blocked;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    CHECK(::sigismember(&blocked, SIGXFSZ) == 0);
    other.run("COMMIT");
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
}

TEST_CASE("a file that may not be written is reported") {
  TempFolder folder;
  make_study(folder);
  REQUIRE(::chmod(folder.path.c_str(), 0555) == 0);
  REQUIRE(::chmod(folder.file().c_str(), 0444) == 0);
  const pid_t child = ::fork();  // a child may give up the rights of root
  if (child == 0) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(9);
    try {
      const auto storage = open_file(folder.file());
      ::_exit(1);
    } catch (const Error& error) {
      const bool clear = std::string(error.what()).find("cannot be written") != std::string::npos;
      ::_exit(clear && error.kind() == ErrorKind::storage ? 0 : 2);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  ::chmod(folder.path.c_str(), 0755);
}

TEST_CASE("trials that another program adds are seen, legacy distributions and bare NaN included") {
  TempFolder folder;
  Study study = Study::open(options(folder));
  const auto run_one = [&] {
    Trial trial = study.ask();
    trial.suggest_float("x", 0, 1);
    study.tell(trial, Outcome::complete(1));
    return trial.number();
  };
  CHECK(run_one() == 0);
  Raw raw(folder.file());
  raw.run(
      "INSERT INTO trials VALUES (2, 1, 1, 'COMPLETE', '2026-01-01 00:00:00', '2026-01-01 "
      "00:00:01.5')");
  raw.run("INSERT INTO trial_values VALUES (NULL, 2, 0, NULL, 'INF_NEG')");
  raw.run(
      "INSERT INTO trial_params VALUES (NULL, 2, 'x', 0.5, '{\"name\": \"UniformDistribution\", "
      "\"attributes\": {\"low\": 0.0, \"high\": 1.0}}')");
  raw.run(
      "INSERT INTO trial_user_attributes VALUES (NULL, 2, 'a', '{\"loss\": [NaN, -Infinity]}')");
  raw.run(
      "INSERT INTO trials VALUES (3, 2, 1, 'RUNNING', NULL, NULL)");  // held by the other program
  CHECK(study.best().number == 1);
  CHECK(run_one() == 3);  // neither blocked by trial 2, nor with its number
  raw.run("UPDATE trials SET state='FAIL' WHERE trial_id=3");
  CHECK(run_one() == 4);
  const auto trials = study.trials();
  REQUIRE(trials.size() == 5);
  CHECK(trials[1].find("x")->distribution == Distribution(FloatDistribution{0, 1}));
  CHECK(trials[1].value() == -INFINITY);
  CHECK(study.trials_json().find("\"-Infinity\"") != std::string::npos);
  Trial bad = study.ask();
  CHECK_THROWS_AS(bad.suggest_int("x", 0, 1), Error);
}

TEST_CASE("a queued trial of ours stays RUNNING in Optuna's table, an enqueued one is WAITING") {
  TempFolder folder;
  Study study = Study::open(options(folder));
  Raw raw(folder.file());
  std::string started;
  {
    Trial interrupted = study.ask();
    interrupted.suggest_float("x", 0, 1);
    interrupted.report(1, 0.5);
    started = raw.rows("SELECT datetime_start FROM trials");
  }
  study.enqueue({{"x", 0.5}});
  CHECK(raw.rows("SELECT number, state, datetime_complete FROM trials") ==
        "0|RUNNING|\n1|WAITING|\n");
  CHECK(raw.rows("SELECT datetime_start FROM trials WHERE number=0") == started);
  CHECK(raw.rows("SELECT COUNT(*) FROM trial_heartbeats") == "0\n");
  CHECK(raw.rows("SELECT COUNT(*) FROM trial_params") == "0\n");
  const StudySummary summary = Study::list(folder.url()).at(0);
  CHECK(summary.waiting == 2);
  CHECK(summary.running == 0);
  // The other program ends it: then it is ended for us, too.
  raw.run("UPDATE trials SET state='FAIL' WHERE number=0");
  CHECK(study.ask().number() == 1);
  CHECK(study.trials()[0].state == TrialState::fail);
}

TEST_CASE("a trial of a dead process is queued when the study is opened, not when it is loaded") {
  TempFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      Study study = Study::open(options(folder));
      Trial trial = study.ask();
      trial.report(0, trial.suggest_float("x", 0, 1));
      ::_exit(0);  // as if it were killed: nothing is put back
    } catch (...) {
      ::_exit(1);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(status == 0);
  CHECK(Study::load(folder.url()).trials().at(0).state == TrialState::running);
  Study study = Study::open(options(folder));
  CHECK(study.trials().at(0).state == TrialState::waiting);
  Raw raw(folder.file());
  CHECK(raw.rows("SELECT state FROM trials") == "RUNNING\n");
  CHECK(raw.rows("SELECT token IS NULL, released FROM hone_trials") == "1|1\n");
  CHECK(study.ask().number() == 0);
}

TEST_CASE("an enqueued trial of another program with values that cannot be read fails alone") {
  TempFolder folder;
  Study study = Study::open(options(folder));
  Raw raw(folder.file());
  raw.run("INSERT INTO trials VALUES (1, 0, 1, 'WAITING', NULL, NULL)");
  raw.run(
      "INSERT INTO trial_system_attributes VALUES (NULL, 1, 'fixed_params', '{\"x\": [1, 2]}')");
  {
    Trial trial = study.ask();
    CHECK(trial.number() == 1);
    CHECK(study.trials()[0].state == TrialState::fail);
  }
  // In optimize it ends as every other: callbacks, and the failures in a row.
  raw.run("INSERT INTO trials VALUES (3, 2, 1, 'WAITING', NULL, NULL)");
  raw.run("INSERT INTO trial_system_attributes VALUES (NULL, 3, 'fixed_params', 'no JSON')");
  std::vector<int> ended;
  OptimizeOptions budget{.trials = 4, .max_failures = 1};
  budget.callbacks.push_back(
      [&](const Study&, const TrialRecord& trial) { ended.push_back(trial.number); });
  CHECK_THROWS_WITH_AS(
      study.optimize(Objective([](Trial&) { return Outcome::complete(1); }), budget),
      doctest::Contains("stopped after 1 failed trials"), Error);
  CHECK(ended == std::vector<int>{1, 2});
}

TEST_CASE("a list of visible trials that cannot be read is the store's fault, not the trial's") {
  TempFolder folder;
  Study study = Study::open(options(folder));
  { Trial trial = study.ask(); }  // goes back to the queue
  Raw(folder.file()).run("UPDATE hone_trials SET seen='0-x', digest=NULL");
  CHECK_THROWS_WITH_AS(study.ask(), doctest::Contains("study.db: trial 0 is damaged"), StoreError);
}

TEST_CASE("a study that Python made is adopted, and then keeps its settings") {
  TempFolder folder;
  make_study(folder);
  Raw(folder.file()).run("DELETE FROM hone_studies; DELETE FROM hone_trials");
  StudyOptions o = options(folder);
  o.direction = Direction::maximize;
  CHECK_THROWS_WITH_AS(Study::open(o), doctest::Contains("direction: minimize -> maximize"), Error);
  o.direction = Direction::minimize;
  o.seed = 5;
  CHECK(Study::open(o).trials().size() == 3);
  o.seed = 6;
  CHECK_THROWS_WITH_AS(Study::open(o), doctest::Contains("seed: 5 -> 6"), Error);
}

TEST_CASE("a study of 5,000 trials opens in well under a second") {
  TempFolder folder;
  make_study(folder, 1);
  Raw(folder.file())
      .run(
          "BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4999) "
          "INSERT INTO trials "
          "SELECT i + 1, i, 1, 'COMPLETE', '2026-01-01 00:00:00.000000', '2026-01-01 "
          "00:00:01.000000' FROM n;"
          "INSERT INTO trial_values SELECT NULL, trial_id, 0, trial_id * 0.5, 'FINITE' FROM trials "
          "WHERE number > 0;"
          "INSERT INTO trial_params SELECT NULL, t.trial_id, p.n, 0.5, (SELECT distribution_json "
          "FROM trial_params "
          "LIMIT 1) FROM trials t, (SELECT 'x' AS n UNION SELECT 'y' UNION SELECT 'z' UNION SELECT "
          "'w') p WHERE "
          "t.number > 0;"
          "INSERT INTO trial_intermediate_values SELECT NULL, trial_id, 1, 0.5, 'FINITE' FROM "
          "trials WHERE number > 0;"
          "COMMIT");
  const auto begin = std::chrono::steady_clock::now();
  Study study = Study::open(options(folder));
  Trial trial = study.ask();
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  MESSAGE("5,000 trials opened in " << spent.count() << " s");
  CHECK(trial.number() == 5000);
  CHECK(spent.count() < 1.0);
}
