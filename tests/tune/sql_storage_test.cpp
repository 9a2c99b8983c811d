// What a database keeps beside the contract of a storage: digests, hostile values, foreign
// parameters, files that may only be read.
#include "tune/storage/sql_storage.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <random>

#include "tests/tune/old_study.h"
#include "tests/tune/sqlite_file.h"
#include "tests/tune/temp_folder.h"
#include "tune/storage/row_digest.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

namespace {

StudyKey new_study(Storage& storage) {
  return storage.find_or_create_study("s", {Direction::minimize}, {{"seed", "1"}}).first.key;
}

void finish(Storage& storage, const Started& started, TrialChange change) {
  change.final_state = TrialState::complete;
  change.values = {static_cast<double>(started.trial.number)};
  storage.write(started.trial.id, started.token, change);
}

// Everything that is read of a study, as one text.
std::string all_of(const std::string& path) {
  const auto storage = open_file(path, {.create = false});
  std::string text;
  for (const StudySummary& summary : storage->list_studies()) {
    const StudyInfo info = storage->find_study(summary.name).value();
    for (const std::string& key : info.changed_attrs) text += "told: " + key;
    text += fmt::format("{} {} {} {}\n", summary.name, static_cast<int>(info.directions.at(0)),
                        summary.best.value_or(-1), summary.trials);
    for (const auto& [key, value] : info.settings.value()) text += key + "=" + value + "\n";
    for (const auto& [key, value] : info.user_attrs) text += key + "=" + value + "\n";
    for (const auto& [key, value] : info.system_attrs) text += key + "=" + value + "\n";
    for (const TrialRecord& trial : storage->read_trials(info.key)) {
      text += fmt::format("{} {} {} {}", trial.number, static_cast<int>(trial.state),
                          trial.start_time, trial.end_time);
      for (const double value : trial.values) text += fmt::format(" {}", value);
      for (const Parameter& p : trial.params)
        text += fmt::format(" {}={} {}", p.name, p.internal, to_json(p.distribution));
      for (const auto& [step, value] : trial.intermediate)
        text += fmt::format(" {}>{}", step, value);
      for (const auto& [key, value] : trial.user_attrs) text += key + "=" + value;
      for (const auto& [key, value] : trial.system_attrs) text += key + "=" + value;
      text += "\n";
    }
  }
  return text;
}

// A study with everything in it that hone keeps, whose process has ended.
void make_full_study(const TempFolder& folder) {
  StudyOptions o;
  o.storage = folder.url();
  o.name = "s";
  o.log = {};
  o.settings = {{"data", "fashion"}};
  Study study = Study::open(o);
  study.set_user_attr("dataset", "fashion");
  study.set_system_attr_json("study:metric_names", "[\"accuracy\"]");
  OptimizeOptions budget;
  budget.trials = 40;
  study.optimize(
      [](Trial& trial) {
        const double x = trial.suggest_float("x", 0, 1);
        trial.suggest_int("layers", 1, 4);
        trial.suggest_categorical("optimizer", {"adam", "sgd"});
        for (int step = 0; step < 3; ++step) trial.report(step, x + step);
        trial.set_user_attr("note", "a note on this trial");
        return trial.number() % 10 == 3 ? Outcome::failed("why") : Outcome::complete(x);
      },
      budget);
  study.enqueue({{"x", 0.5}}, {{"why", "a guess"}});
}

// Flips one bit each in `copies` copies; returns how many are read with other values and no word.
int count_silent(int copies) {
  TempFolder original;
  make_full_study(original);
  const std::string expected = all_of(original.file());
  const auto size = std::filesystem::file_size(original.file());
  std::mt19937_64 random(20260131);
  int silent = 0, refused = 0, told = 0;
  TempFolder folder;
  for (int i = 0; i < copies; ++i) {
    const std::uint64_t bit = random() % (size * 8);
    std::filesystem::copy_file(original.file(), folder.file(),
                               std::filesystem::copy_options::overwrite_existing);
    {
      std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(static_cast<std::streamoff>(bit / 8));
      const int byte = file.get() ^ (1 << (bit % 8));
      file.seekp(static_cast<std::streamoff>(bit / 8));
      file.put(static_cast<char>(byte));
    }
    try {
      const std::string read = all_of(folder.file());
      if (read.find("told: ") != std::string::npos) {
        ++told;
      } else if (read != expected) {
        ++silent;
        MESSAGE("bit " << bit << " of the file is read as another value");
      }
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::storage);
      ++refused;
    }
  }
  MESSAGE("of " << copies << " flipped bits " << refused << " refused, " << told << " told, "
                << silent << " silent");
  return silent;
}

}  // namespace

TEST_CASE("digest: parts, their types and their order count") {
  const std::string one = RowDigest().add(std::string("ab")).add(std::string("c")).hex();
  CHECK(one.size() == 32);
  CHECK(one == RowDigest().add(std::string("ab")).add(std::string("c")).hex());
  CHECK(one != RowDigest().add(std::string("a")).add(std::string("bc")).hex());
  CHECK(RowDigest().add(std::int64_t{0}).hex() != RowDigest().add(0.0).hex());
  CHECK(RowDigest().add(0.0).hex() != RowDigest().add(-0.0).hex());
}

TEST_CASE("60 copies of a study with one flipped bit: none is read with other values silently") {
  CHECK(count_silent(60) == 0);
}

TEST_CASE("a damaged trial is named, and a trial of Python's has no digest to fail") {
  TempFolder folder;
  make_full_study(folder);
  Raw(folder.file()).run("UPDATE trial_user_attributes SET value_json='\"x\"' WHERE trial_id=8");
  CHECK_THROWS_WITH_AS(all_of(folder.file()), doctest::Contains("trial 7 is damaged"), StoreError);
  Raw(folder.file()).run("UPDATE hone_trials SET digest=NULL WHERE trial_id=8");
  CHECK(all_of(folder.file()).find("note=\"x\"") != std::string::npos);
}

TEST_CASE("a waiting trial whose values were damaged is not run") {
  TempFolder folder;
  const auto storage = open_file(folder.file());
  const StudyKey study = new_study(*storage);
  storage->enqueue(study, {}, {{"fixed_params", "{\"x\": 0.25}"}});
  Raw(folder.file()).run("UPDATE trial_system_attributes SET value_json='{\"x\": 0.35}'");
  CHECK_THROWS_WITH_AS(storage->start({study, 0, 0, ""}), doctest::Contains("trial 0 is damaged"),
                       StoreError);
  // Another program has run and ended it: it is that one's.
  Raw(folder.file()).run("UPDATE trials SET state='COMPLETE'");
  CHECK(storage->read_trials(study).at(0).state == TrialState::complete);
}

TEST_CASE("a trial that goes on is not shown a damaged history, answer or count") {
  for (const char* damage :
       {"UPDATE hone_reports SET seen='0-4'", "UPDATE hone_reports SET prune=1",
        "UPDATE hone_trials SET given_params='{}'", "UPDATE hone_trials SET faults=2"}) {
    CAPTURE(damage);
    TempFolder folder;
    const auto storage = open_file(folder.file());
    const StudyKey study = new_study(*storage);
    const Started started = storage->start({study, 0, 0, ""});
    TrialChange change;
    change.reports = {{0, 0.5}};
    change.notes = {{0, false, "go on", "0-3"}};
    storage->write(started.trial.id, started.token, change);
    storage->release(started.trial.id, started.token, ReleaseReason::fault);
    CHECK(storage->read_trials(study).at(0).state == TrialState::waiting);
    Raw(folder.file()).run(damage);
    CHECK_THROWS_WITH_AS(storage->start({study, 0, 0, ""}), doctest::Contains("trial 0 is damaged"),
                         StoreError);
    CHECK_THROWS_WITH_AS(storage->read_trials(study), doctest::Contains("trial 0 is damaged"),
                         StoreError);
  }
}

TEST_CASE("an attribute of the study that another program has changed is told, not refused") {
  TempFolder folder;
  const auto storage = open_file(folder.file());
  const StudyKey study = new_study(*storage);
  storage->set_study_attr(study, false, "a", "1");
  storage->set_study_attr(study, false, "b", "1");
  CHECK(storage->find_study("s")->changed_attrs.empty());
  Raw(folder.file()).run("UPDATE study_user_attributes SET value_json='2' WHERE \"key\"='b'");
  CHECK(storage->find_study("s")->changed_attrs == std::vector<std::string>{"b"});
  CHECK(storage->find_study("s")->user_attrs.at("b") == "2");
  storage->set_study_attr(study, false, "b", "3");
  CHECK(storage->find_study("s")->changed_attrs.empty());
}

TEST_CASE("hostile values come back as what they were") {
  const double inf = std::numeric_limits<double>::infinity();
  const std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                     most = std::numeric_limits<std::int64_t>::max();
  const std::vector<Value> choices = {Value(),
                                      true,
                                      std::int64_t{1},
                                      1.0,
                                      inf,
                                      -inf,
                                      least,
                                      most,
                                      5e-324,
                                      1.7976931348623157e308,
                                      0.1,
                                      std::string(),
                                      std::string("Infinity"),
                                      std::string("NaN"),
                                      std::string("null"),
                                      std::string("\x01\x1f\x7f\"\\/\n"),
                                      std::string("\xf0\x9f\x98\x80\xe2\x80\xa8"),
                                      std::string(100000, 'x')};
  TempFolder folder;
  const std::string json = R"({"a": NaN, "b": [Infinity, -Infinity, 1e-320, 9223372036854775807,)"
                           R"( 123456789012345678901234567890, 1.0, -0.0], "c": "NaN"})";
  {
    const auto storage = open_file(folder.file());
    const StudyKey study = new_study(*storage);
    for (std::size_t i = 0; i < choices.size(); ++i) {
      const Started started = storage->start({study, 0, 0, ""});
      TrialChange change;
      change.params = {{"c", CategoricalDistribution{choices}, static_cast<double>(i)},
                       {"f", FloatDistribution{-1e308, 5e-324, false, std::nullopt}, -1e308},
                       {"i", IntDistribution{-(std::int64_t{1} << 53), std::int64_t{1} << 53},
                        -9007199254740992.0}};
      change.reports = {{0, inf}, {1, -inf}, {2, std::nan("")}, {2147483647, 5e-324}};
      change.user_attrs["k"] = json;
      change.seen = std::string("0-") + std::to_string(i);
      if (i == 4) {  // sent back: its values become fixed_params, and keep their types
        storage->write(started.trial.id, started.token, change);
        storage->release(started.trial.id, started.token);
        const Started again = storage->start({study, 0, 0, ""});
        CHECK(again.fixed_params.find("\"c\": Infinity") != std::string::npos);
        CHECK(again.fixed_params.find("\"i\": -9007199254740992") != std::string::npos);
        storage->release(again.trial.id, again.token);
        const Started third = storage->start({study, 0, 0, ""});
        CHECK(third.fixed_params == again.fixed_params);
        finish(*storage, third, change);
      } else {
        finish(*storage, started, change);
      }
    }
  }
  const auto storage = open_file(folder.file());
  const auto trials = storage->read_trials(storage->find_study("s")->key);
  REQUIRE(trials.size() == choices.size());
  for (std::size_t i = 0; i < trials.size(); ++i) {
    CAPTURE(i);
    CHECK(trials[i].unreadable.empty());
    CHECK(trials[i].find("c")->value() == choices[i]);
    CHECK(trials[i].find("f")->internal == -1e308);
    CHECK(trials[i].find("i")->value() == Value(-(std::int64_t{1} << 53)));
    CHECK(trials[i].intermediate.at(0) == inf);
    CHECK(trials[i].intermediate.at(1) == -inf);
    CHECK(std::isnan(trials[i].intermediate.at(2)));
    CHECK(trials[i].intermediate.at(2147483647) == 5e-324);
    CHECK(trials[i].user_attrs.at("k") == json);
  }
}

TEST_CASE("a parameter of Optuna's that cannot be represented spoils itself alone") {
  TempFolder folder;
  const auto storage = open_file(folder.file());
  const StudyKey study = new_study(*storage);
  const std::pair<const char*, const char*> foreign[] = {
      {"0.5", R"({"name": "FloatDistribution", "attributes": {"step": null, "low": -Infinity, )"
              R"("high": 1e400, "log": false}})"},
      {"1", R"({"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, )"
            R"("high": 123456789012345678901234567890}})"},
      {"0",
       R"({"name": "CategoricalDistribution", "attributes": {"choices": [[1, 2], {"a": 1}]}})"},
      {"0", R"({"name": "VonMisesDistribution", "attributes": {"mu": 0}})"},
      {"9", R"({"name": "CategoricalDistribution", "attributes": {"choices": [1]}})"},
      {"NULL", R"({"name": "UniformDistribution", "attributes": {"low": 0.0, "high": 1.0}})"},
      {"0", "{"},
  };
  Raw raw(folder.file());
  int number = 0;
  for (const auto& [value, distribution] : foreign) {
    const std::string id = std::to_string(number + 1);
    raw.run("INSERT INTO trials VALUES (" + id + ", " + std::to_string(number) +
            ", 1, 'COMPLETE', '2026-01-01 00:00:00', '2026-01-01 00:00:01')");
    raw.run("INSERT INTO trial_values VALUES (NULL, " + id + ", 0, 1.5, 'FINITE')");
    raw.run("INSERT INTO trial_params VALUES (NULL, " + id + ", 'bad', " + value + ", '" +
            distribution + "')");
    raw.run("INSERT INTO trial_params VALUES (NULL, " + id +
            R"(, 'x', 0.5, '{"name": "UniformDistribution", "attributes": {"low": 0.0, )"
            R"("high": 1.0}}'))");
    ++number;
  }
  const auto trials = storage->read_trials(study);
  REQUIRE(trials.size() == std::size(foreign));
  for (const TrialRecord& trial : trials) {
    CAPTURE(trial.number);
    CHECK(trial.value() == 1.5);
    CHECK(trial.params.size() == 1);
    CHECK(trial.find("x")->internal == 0.5);
    REQUIRE(trial.unreadable.contains("bad"));
    CHECK_FALSE(trial.unreadable.at("bad").empty());
  }
  CHECK(storage->start({study, 0, 0, ""}).trial.number == number);
}

TEST_CASE("a study that may only be read is read, of this version and of 0.1.0") {
  for (const bool old : {false, true}) {
    CAPTURE(old);
    TempFolder folder;
    old ? make_old_study(folder.file()) : make_full_study(folder);
    REQUIRE(::chmod(folder.file().c_str(), 0444) == 0);
    REQUIRE(::chmod(folder.path.c_str(), 0555) == 0);
    const pid_t child = ::fork();  // a child may give up the rights of root
    if (child == 0) {
      if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(9);
      try {
        Study study = Study::load(folder.url());
        if (study.trials().size() != (old ? 9 : 41)) ::_exit(1);
        if (Study::list(folder.url()).size() != 1) ::_exit(2);
        if (study.attributes().size() != 1) ::_exit(3);
        try {
          study.enqueue({{"x", 0.5}});
          ::_exit(4);
        } catch (const StoreError& error) {
          const bool clear =
              std::string(error.what()).find("cannot be written") != std::string::npos;
          ::_exit(clear ? 0 : 5);
        }
      } catch (const std::exception& error) {
        ::fprintf(stderr, "%s\n", error.what());
        ::_exit(6);
      }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    ::chmod(folder.path.c_str(), 0755);
    CHECK_FALSE(std::filesystem::exists(folder.file() + "-wal"));
  }
}

TEST_CASE("a study of version 0.1.0 gets its token and digests when it is opened for writing") {
  TempFolder folder;
  make_old_study(folder.file());
  const auto storage = open_file(folder.file());
  CHECK(storage->find_study("old")->key.token.empty());
  const StudyKey key = storage->find_or_create_study("old", {Direction::maximize}, {}).first.key;
  CHECK(key.token.size() == 32);
  CHECK(storage->find_study("old")->key.token == key.token);
  CHECK(storage->read_trials(key).size() == 9);
  finish(*storage, storage->start({key, 0, 0, ""}), {});
  Raw raw(folder.file());
  CHECK(raw.rows("SELECT COUNT(*) FROM hone_trials WHERE digest LIKE 'COMPLETE:%'") == "1\n");
  CHECK(raw.rows("SELECT COUNT(*) FROM hone_studies WHERE digest IS NOT NULL") == "1\n");
}

TEST_CASE("a trial knows the token of its study, a fixed trial has none") {
  StudyOptions o;
  o.log = {};
  Study study = Study::open(o);
  const Trial trial = study.ask();
  CHECK(trial.study_token().size() == 32);
  CHECK(Study::open(o).ask().study_token() != trial.study_token());
  CHECK(Trial::fixed({}).study_token().empty());
}

TEST_SUITE("long") {
  TEST_CASE("500 copies of a study with one flipped bit: none is read with other values silently") {
    CHECK(count_silent(500) == 0);
  }
}

TEST_CASE("a damaged trial of one study leaves the others and the list as they are") {
  const TempFolder folder;
  make_full_study(folder);
  auto storage = open_file(folder.file(), {.create = false});
  const StudySummary whole = storage->list_studies().at(0);
  const StudyKey other =
      storage->find_or_create_study("other", {Direction::minimize}, {{"seed", "1"}}).first.key;
  finish(*storage, storage->start({other, 0, 0, ""}), {});
  storage.reset();
  Raw raw(folder.file());
  raw.run("UPDATE trial_params SET distribution_json='{' WHERE trial_id=1");
  storage = open_file(folder.file(), {.create = false});
  CHECK_THROWS_AS(storage->read_trials(storage->find_study("s")->key), StoreError);
  CHECK(storage->read_trials(other).size() == 1);
  const auto list = storage->list_studies();
  REQUIRE(list.size() == 2);
  CHECK(list[0].trials == whole.trials);
  CHECK(list[0].best == whole.best);
  CHECK(list[1].complete == 1);
  CHECK(Study::load(folder.url(), "other", nullptr).finished() == 1);
  CHECK(storage->remove_study("s"));
  CHECK(storage->list_studies().size() == 1);
}
