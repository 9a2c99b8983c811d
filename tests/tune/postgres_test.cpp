// tune/storage on PostgreSQL: what is its own. What every storage promises is in storage_test.cpp.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <map>
#include <set>
#include <thread>

#include "tests/tune/postgres_server.h"
#include "tune/storage/storage.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

namespace {

StudyOptions options(const std::string& url, bool deterministic = true) {
  StudyOptions o;
  o.log = {};
  o.storage = url;
  o.name = "s";
  o.seed = 5;
  o.deterministic = deterministic;
  return o;
}

Outcome objective(Trial& trial) {
  const double x = trial.suggest_float("x", -1, 1);
  trial.suggest_categorical("c", {"a", "b"});
  for (int step = 0; step < 2; ++step) trial.report(step, x * x + step);
  return Outcome::complete(x * x);
}

std::string values_of(const Study& study) {
  std::string text;
  for (const TrialRecord& trial : study.trials())
    text += fmt::format("{} {} {}\n", trial.number, static_cast<int>(trial.state),
                        trial.value().value_or(-99));
  return text;
}

void check_numbers(const std::vector<TrialRecord>& trials, std::size_t count) {
  REQUIRE(trials.size() == count);
  for (std::size_t i = 0; i < count; ++i) {
    CHECK(trials[i].number == static_cast<int>(i));
    CHECK(trials[i].state == TrialState::complete);
  }
}

// A study that is new, as the storage beneath one sees it.
struct NewStudy {
  explicit NewStudy(const std::string& url)
      : storage(open_storage(url)),
        key(storage->find_or_create_study("s", {Direction::minimize}, {{"seed", "1"}}).first.key) {}
  Started start() const { return storage->start({key, 0, 0, ""}); }

  std::shared_ptr<Storage> storage;
  StudyKey key;
};

}  // namespace

TEST_CASE("postgresql: a study is the one that it is in memory, in Optuna's tables") {
  const auto server = PostgresServer::get();
  if (!server) return;
  const std::string url = server->new_database();
  Study::open(options(url)).optimize(objective, {.trials = 12});
  Study memory = Study::open(options(""));
  memory.optimize(objective, {.trials = 20});
  Study again = Study::open(options(url));
  again.optimize(objective, {.trials = 20});
  CHECK(values_of(again) == values_of(memory));
  CHECK(server->rows(url, "SELECT version_num FROM alembic_version") == "v3.2.0.a\n");
  CHECK(server->rows(url, "SELECT state, count(*) FROM trials GROUP BY state") == "COMPLETE|20\n");
  CHECK(Study::list(url).at(0).complete == 20);
}

TEST_CASE("postgresql: Optuna's names for it are understood, and no message shows a password") {
  const auto server = PostgresServer::get();
  if (!server) return;
  std::string url = server->new_database();
  CHECK(open_storage("postgresql+psycopg2" + url.substr(10))->list_studies().empty());
  CHECK(open_storage("postgres" + url.substr(10))->list_studies().empty());
  for (const std::string bad :
       {"postgresql://u:sec%ret@nowhere.invalid/d", "postgresql://u:secret@127.0.0.1:1/d",
        "postgresql://u@127.0.0.1:1/d?password=secret", "postgresql+x//u:secret@h/d",
        "oracle://u:secret@h/d", "postgresql://u:secret@127.0.0.1:1/d?no_such=1"}) {
    CAPTURE(bad);
    std::string message;
    try {
      open_storage(bad, {.busy_seconds = 0.1});
    } catch (const Error& error) {
      message = error.what();
    }
    CHECK_FALSE(message.empty());
    CHECK(message.find("sec") == std::string::npos);
    CHECK(shown_url(bad).find("sec") == std::string::npos);
  }
}

TEST_CASE("postgresql: listing and loading write nothing to a database of Python's") {
  const auto server = PostgresServer::get();
  if (!server) return;
  const std::string url = server->new_database();
  Study::open(options(url)).optimize(objective, {.trials = 3});
  for (const char* table : {"hone_trials", "hone_studies", "hone_study_attributes", "hone_reports",
                            "hone_reruns", "hone_workers", "hone_commits"})
    server->rows(url, std::string("DROP TABLE ") + table);
  const auto tables = [&] {
    return server->rows(url,
                        "SELECT table_name FROM information_schema.tables WHERE "
                        "table_schema='public' ORDER BY table_name");
  };
  const std::string before = tables();
  {
    CHECK(Study::list(url).at(0).complete == 3);
    Study study = Study::load(url);
    CHECK(study.trials().size() == 3);
    CHECK(tables() == before);
    study.set_user_attr("k", 1.0);  // now it is written to
  }
  CHECK(tables() != before);
  CHECK(Study::load(url).attributes().at("k") == "1.0");
}

TEST_CASE("postgresql: four workers give each number once, run each enqueued trial once") {
  const auto server = PostgresServer::get();
  if (!server) return;
  const std::string url = server->new_database();
  {
    Study study = Study::open(options(url, false));
    for (int i = 0; i < 30; ++i) study.enqueue({{"x", i / 30.0 - 0.5}});
  }
  std::vector<std::thread> workers;
  std::atomic<int> faults = 0;
  for (int w = 0; w < 4; ++w)
    workers.emplace_back([&] {
      try {
        Study::open(options(url, false)).optimize(objective, {.trials = 60});
      } catch (const std::exception& error) {
        MESSAGE(error.what());
        ++faults;
      }
    });
  for (std::thread& worker : workers) worker.join();
  CHECK(faults == 0);
  const auto trials = Study::load(url).trials();
  check_numbers(trials, 60);
  for (int i = 0; i < 30; ++i)
    CHECK(trials[static_cast<std::size_t>(i)].find("x")->internal == i / 30.0 - 0.5);
}

TEST_CASE("postgresql: a study goes on across a crash of the server, nothing lost, nothing twice") {
  const auto server = PostgresServer::get();
  if (!server) return;
  const std::string url = server->new_database();
  std::atomic<bool> done = false;
  std::set<int> ended;
  std::thread worker([&] {
    OptimizeOptions o;
    o.trials = 150;
    o.jobs = 1;
    o.callbacks = {[&](const Study&, const TrialRecord& record) {
      CHECK(ended.insert(record.number).second);
    }};
    try {
      Study::open(options(url))
          .optimize(
              [](Trial& trial) {
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
                return objective(trial);
              },
              o);
    } catch (const std::exception& error) {
      FAIL_CHECK(std::string(error.what()));
    }
    done = true;
  });
  for (int i = 0; i < 3 && !done; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    server->restart();
  }
  worker.join();
  check_numbers(Study::load(url).trials(), 150);
  CHECK(ended.size() == 150);
  Study memory = Study::open(options(""));
  memory.optimize(objective, {.trials = 150});
  CHECK(values_of(Study::load(url)) == values_of(memory));
}

TEST_CASE("postgresql: who finds the server full waits for a place, when opening and later on") {
  const auto server = PostgresServer::get();
  if (!server) return;
  std::string url = server->new_database();
  const std::string admin = url;
  server->rows(admin, "CREATE ROLE one LOGIN SUPERUSER CONNECTION LIMIT 1");
  server->rows(admin, "ALTER ROLE one NOSUPERUSER");
  server->rows(admin, "GRANT ALL ON SCHEMA public TO one");
  url.replace(url.find("postgres@"), 9, "one@");
  auto first = open_storage(url);
  const auto open_message = [&](double seconds) {
    try {
      open_storage(url, {.busy_seconds = seconds});
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string message = open_message(0.2);
  CAPTURE(message);
  CHECK(message.find("cannot be reached: too many connections for role \"one\", code 53300") !=
        std::string::npos);
  std::thread leaves([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    first.reset();
  });
  CHECK(open_message(20) == "");
  leaves.join();
  // A session that is ended while somebody has taken its place.
  Study study = Study::open([&] {
    StudyOptions o = options(url);
    o.log = {};
    return o;
  }());
  study.optimize(objective, {.trials = 3});
  server->rows(admin, "ALTER ROLE one CONNECTION LIMIT 0");
  server->rows(admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename='one'");
  std::thread returns([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    server->rows(admin, "ALTER ROLE one CONNECTION LIMIT 2");
  });
  CHECK_NOTHROW(study.optimize(objective, {.trials = 6}));
  returns.join();
  CHECK(study.finished() == 6);
}

TEST_CASE("postgresql: a server that refuses for good is not waited for") {
  const auto server = PostgresServer::get();
  if (!server) return;
  const auto begin = std::chrono::steady_clock::now();
  std::string url = server->new_database();
  url.replace(url.find("postgres@"), 9, "nobody_of_this_name@");
  CHECK_THROWS_WITH_AS(open_storage(url), doctest::Contains("28000"), Error);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE(
    "postgresql: a fault amid waiting statements is told, nothing of them stays, and it works on") {
  const auto server = PostgresServer::get();
  if (!server) return;
  const std::string url = server->new_database();
  const NewStudy study(url);
  const Started started = study.start();
  const auto rows = [&](const std::string& table) {
    return server->rows(url, "SELECT count(*) FROM " + table);
  };
  // Optuna's column for a name takes 512 characters.
  TrialChange report;
  report.reports = {{0, 1.5}};
  report.user_attrs = {{"a", "1"}, {std::string(600, 'k'), "2"}, {"z", "3"}};
  CHECK_THROWS_WITH_AS(study.storage->write(started.trial.id, started.token, report),
                       doctest::Contains("value too long for type character varying(512), code"),
                       StoreError);
  CHECK(rows("trial_intermediate_values") == "0\n");
  CHECK(rows("trial_user_attributes") == "0\n");
  report.user_attrs.erase(std::string(600, 'k'));
  study.storage->write(started.trial.id, started.token, report);
  CHECK(rows("trial_user_attributes") == "2\n");
  // Its type for a final value knows no NaN.
  TrialChange end;
  end.final_state = TrialState::complete;
  end.values = {std::nan("")};
  CHECK_THROWS_WITH_AS(study.storage->write(started.trial.id, started.token, end),
                       doctest::Contains("trialvaluetype"), StoreError);
  CHECK(server->rows(url, "SELECT state, datetime_complete FROM trials") == "RUNNING|\n");
  end.values = {2.5};
  study.storage->write(started.trial.id, started.token, end);
  const auto trials = study.storage->read_trials(study.key);
  REQUIRE(trials.size() == 1);
  CHECK(trials[0].value() == 2.5);
  CHECK(trials[0].intermediate.at(0) == 1.5);
  CHECK_THROWS_AS(study.storage->write(started.trial.id, started.token, end), FencedError);
}

TEST_CASE(
    "postgresql: a server that crashes amid waiting statements gets them once, after it is back") {
  const auto server = PostgresServer::get();
  if (!server) return;
  const std::string url = server->new_database();
  const NewStudy study(url);
  const Started started = study.start();
  // Nobody gets beyond the insertion of the value, which has statements before and behind it.
  std::thread other([&] {
    server->rows(url, "BEGIN; LOCK TABLE trial_values IN EXCLUSIVE MODE; SELECT pg_sleep(15)");
  });
  const auto wait_for = [&](const std::string& locks) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (server->rows(url, "SELECT count(*) FROM pg_locks WHERE " + locks) != "1\n") {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
  };
  const std::string table = "relation='trial_values'::regclass AND ";
  CHECK(wait_for(table + "granted"));
  bool was_amid = false;
  std::thread crash([&] {
    was_amid = wait_for(table + "NOT granted");
    server->restart();
  });
  TrialChange end;
  end.reports = {{0, 1.5}};
  end.final_state = TrialState::complete;
  end.values = {2.5};
  CHECK_NOTHROW(study.storage->write(started.trial.id, started.token, end));
  crash.join();
  other.join();
  CHECK(was_amid);
  const auto trials = study.storage->read_trials(study.key);
  REQUIRE(trials.size() == 1);
  CHECK(trials[0].state == TrialState::complete);
  CHECK(trials[0].values == std::vector<double>{2.5});
  CHECK(trials[0].intermediate == std::map<int, double>{{0, 1.5}});
}

TEST_CASE("postgresql: a session that is ended at any moment stores each change once") {
  const auto server = PostgresServer::get();
  if (!server) return;
  const std::string url = server->new_database();
  const NewStudy study(url);
  std::atomic<bool> done = false;
  std::atomic<int> ended = 0;
  std::thread killer([&] {
    while (!done) {
      const std::string said = server->rows(url,
                                            "SELECT count(pg_terminate_backend(pid)) FROM "
                                            "pg_stat_activity WHERE application_name='hone' AND "
                                            "datname=current_database()");
      if (said == "1\n") ++ended;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  int trials = 0;
  for (; trials < 500 && ended < 8; ++trials) {
    const Started started = study.start();
    TrialChange report;
    for (int step = 0; step < 100; ++step) report.reports.push_back({step, 0.5 * step});
    CHECK_NOTHROW(study.storage->write(started.trial.id, started.token, report));
    TrialChange end;
    end.final_state = TrialState::complete;
    end.values = {2.5};
    CHECK_NOTHROW(study.storage->write(started.trial.id, started.token, end));
  }
  done = true;
  killer.join();
  CHECK(ended >= 8);
  const auto stored = study.storage->read_trials(study.key);
  check_numbers(stored, static_cast<std::size_t>(trials));
  for (const TrialRecord& trial : stored) CHECK(trial.intermediate.size() == 100);
}
