// Who lives, whose file it is, how long one waits: what a storage finds out about its surroundings.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "base/error.h"
#include "tests/tune/old_study.h"
#include "tests/tune/sqlite_file.h"
#include "tests/tune/temp_folder.h"
#include "tune/storage/lock_file.h"
#include "tune/study.h"

using namespace hone;
using namespace hone::tune;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

StudyOptions options(const TempFolder& folder) {
  StudyOptions o;
  o.log = {};
  o.storage = folder.url();
  o.name = "s";
  return o;
}

// Runs `body` in a new process; a C++ exception ends it with 1.
pid_t in_child(const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::alarm(60);  // a test that fails leaves nobody waiting
  try {
    body();
  } catch (...) {
    ::_exit(1);
  }
  ::_exit(0);
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

// Holds the next trial of study "s" until a byte comes.
void hold_a_trial(const TempFolder& folder, int ready, int end) {
  Study study = Study::open(options(folder));
  Trial trial = study.ask();
  trial.report(0, trial.suggest_float("x", 0, 1));
  char byte = 'r';
  if (::write(ready, &byte, 1) != 1) ::_exit(3);
  if (::read(end, &byte, 1) != 1) ::_exit(4);
  study.tell(trial, Outcome::complete(7));
}

// A child that is the first process of a new PID namespace; -1 where that is not allowed.
pid_t in_new_namespace(const std::function<void()>& body) {
  const pid_t parent = ::fork();
  if (parent != 0) return parent;
  ::alarm(60);
  if (::unshare(CLONE_NEWPID) != 0) ::_exit(77);
  const int status = wait_for(in_child(body));
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 4);
}

// Finishes one trial.
void run_one(Storage& storage, const StudyKey& study) {
  const Started started = storage.start({study, 0, 0, ""});
  TrialChange change;
  change.final_state = TrialState::complete;
  change.values = {1};
  storage.write(started.trial.id, started.token, change);
}

}  // namespace

TEST_CASE("a lock on a byte of the side file is seen by others, and its file is removed last") {
  TempFolder folder;
  const std::string path = folder.file("study.db-workers");
  LockFile one(path), two(path), third(path);
  CHECK(one.ask(1, {1, 2}) == LockFile::Answer::unknown);
  CHECK_FALSE(std::filesystem::exists(path));
  REQUIRE(one.hold(5));
  REQUIRE(two.hold(std::int64_t{1} << 61));
  const FileIdentity file = file_identity(path);
  CHECK(one.identity() == file);
  CHECK(two.ask(5, file) == LockFile::Answer::held);
  CHECK(third.ask(std::int64_t{1} << 61, file) == LockFile::Answer::held);
  CHECK(third.ask(6, file) == LockFile::Answer::free);
  CHECK(third.ask(5, {file.device, file.inode + 1}) == LockFile::Answer::unknown);
  third.remove_if_unused();
  CHECK(std::filesystem::exists(path));
  one.remove_if_unused();
  CHECK(std::filesystem::exists(path));
  CHECK(two.ask(5, file) == LockFile::Answer::free);
  two.remove_if_unused();
  CHECK_FALSE(std::filesystem::exists(path));
  LockFile nowhere(folder.file("missing/x"));
  CHECK_FALSE(nowhere.hold(1));
}

TEST_CASE("two workers in two PID namespaces see each other live and die") {
  TempFolder folder;
  int ready[2], end[2];
  REQUIRE(::pipe2(ready, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(end, O_CLOEXEC) == 0);
  const pid_t child = in_new_namespace([&] { hold_a_trial(folder, ready[1], end[0]); });
  ::close(ready[1]);
  char byte = 0;
  if (::read(ready[0], &byte, 1) != 1) {
    CHECK(WEXITSTATUS(wait_for(child)) == 77);
    MESSAGE("skipped: PID namespaces are not allowed here");
    return;
  }
  {
    // The lease alone would have run out: it is not asked.
    const auto storage = open_file(folder.file(), {}, 0.01);
    Raw(folder.file()).run("UPDATE hone_workers SET lease_ms=1, beat_ms=0");
    const auto study = storage->find_study("s")->key;
    const auto holders = storage->holders(study);
    REQUIRE(holders.size() == 1);
    CHECK(holders[0].number == 0);
    CHECK(holders[0].alive);
    CHECK(holders[0].worker.starts_with("process 1 on host "));
    CHECK(holders[0].start_time > 0);
    CHECK(storage->recover_orphans(study) == 0);
    CHECK(storage->start({study, 1, 0, ""}).blocker == 0);
  }
  CHECK(::write(end[1], &byte, 1) == 1);
  CHECK(wait_for(child) == 0);
  CHECK(Study::load(folder.url()).trials().at(0).value() == 7);
  // One that is killed: the next one takes its trial at once.
  const pid_t dead = in_new_namespace([&] {
    Study study = Study::open(options(folder));
    Trial trial = study.ask();
    ::_exit(0);
  });
  CHECK(wait_for(dead) == 0);
  const auto begin = Clock::now();
  CHECK(Study::open(options(folder)).ask().number() == 1);
  CHECK(seconds_since(begin) < 5);
  for (const int descriptor : {ready[0], end[0], end[1]}) ::close(descriptor);
}

TEST_CASE("a study is not removed while another process that has run its trials lives") {
  TempFolder folder;
  int ready[2], end[2];
  REQUIRE(::pipe2(ready, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(end, O_CLOEXEC) == 0);
  const pid_t child = in_child([&] {
    const auto storage = open_file(folder.file());
    const StudyKey study =
        storage->find_or_create_study("s", {Direction::minimize}, {{"seed", "1"}}).first.key;
    run_one(*storage, study);  // it holds no trial now, and may be in a final training
    char byte = 'r';
    if (::write(ready[1], &byte, 1) != 1 || ::read(end[0], &byte, 1) != 1) ::_exit(3);
    run_one(*storage, study);
  });
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  const auto storage = open_file(folder.file());
  storage->find_or_create_study("another", {Direction::minimize}, {});
  const std::string who = fmt::format("process {} on host ", child);
  CHECK_THROWS_WITH_AS(Study::remove(folder.url(), "s"), doctest::Contains(who.c_str()), Error);
  CHECK_THROWS_WITH_AS(storage->remove_study("s"), doctest::Contains("it lives"), Error);
  CHECK(storage->remove_study("another"));
  Raw(folder.file()).run("UPDATE hone_workers SET boot_id='another kernel'");
  CHECK_THROWS_WITH_AS(storage->remove_study("s"), doctest::Contains("its lease ends in"), Error);
  CHECK(::write(end[1], &byte, 1) == 1);
  CHECK(wait_for(child) == 0);  // what it did was stored
  CHECK(storage->read_trials(storage->find_study("s")->key).size() == 2);
  CHECK(storage->remove_study("s"));
  for (const int descriptor : {ready[0], ready[1], end[0], end[1]}) ::close(descriptor);
}

TEST_CASE("a study is removed whose workers were killed, or are of this process") {
  TempFolder folder;
  const pid_t dead = in_child([&] {
    Study study = Study::open(options(folder));
    Trial trial = study.ask();
    ::_exit(0);
  });
  CHECK(wait_for(dead) == 0);
  CHECK_NOTHROW(Study::remove(folder.url(), "s"));
  Study study = Study::open(options(folder));
  Trial trial = study.ask();
  CHECK_NOTHROW(Study::remove(folder.url(), "s"));
  CHECK_THROWS_AS(study.tell(trial, Outcome::complete(1)), Error);
}

TEST_CASE("a worker under another kernel keeps its trial as long as it renews its lease") {
  TempFolder folder;
  const auto far = open_file(folder.file(), {}, 0.5);
  const auto study = far->find_or_create_study("s", {Direction::minimize}, {}).first.key;
  const Started held = far->start({study, 0, 0, ""});
  Raw(folder.file()).run("UPDATE hone_workers SET boot_id='another kernel', host='far\x1b'");
  const auto near = open_file(folder.file());
  for (int i = 0; i < 6; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    CHECK(near->recover_orphans(study) == 0);
    const auto holders = near->holders(study);
    REQUIRE(holders.size() == 1);
    CHECK_FALSE(holders[0].alive);
    CHECK(holders[0].lease_left > 0);
    CHECK(holders[0].worker.ends_with("on host far\\x1b"));
  }
  // It hangs: as if it were stopped, its row is no longer its own.
  Raw(folder.file())
      .run("UPDATE hone_trials SET worker='gone'; UPDATE hone_workers SET worker='gone'");
  const auto begin = Clock::now();
  while (near->recover_orphans(study) == 0) {
    REQUIRE(seconds_since(begin) < 10);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  CHECK(seconds_since(begin) > 0.2);
  TrialChange change;
  CHECK_THROWS_AS(far->write(held.trial.id, held.token, change), FencedError);
}

TEST_CASE("a lease in the far future is not believed for longer than a lease") {
  TempFolder folder;
  const auto far = open_file(folder.file(), {}, 0.3);
  const auto study = far->find_or_create_study("s", {Direction::minimize}, {}).first.key;
  far->start({study, 0, 0, ""});
  Raw(folder.file())
      .run(
          "UPDATE hone_trials SET worker='gone'; UPDATE hone_workers SET worker='gone', "
          "boot_id='another', beat_ms=beat_ms + 86400000");
  const auto near = open_file(folder.file());
  CHECK(near->recover_orphans(study) == 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  CHECK(near->recover_orphans(study) == 1);
}

TEST_CASE("a clock that is set forward takes no trial from a worker that renews its lease") {
  TempFolder folder;
  const auto far = open_file(folder.file(), {}, 1);
  const auto study = far->find_or_create_study("s", {Direction::minimize}, {}).first.key;
  far->start({study, 0, 0, ""});
  // Its renewals are an hour old as soon as they are written: the clock has jumped meanwhile.
  Raw(folder.file())
      .run(
          "UPDATE hone_trials SET worker='far'; UPDATE hone_workers SET worker='far', "
          "boot_id='another'");
  const auto near = open_file(folder.file());
  CHECK(near->recover_orphans(study) == 0);  // known from here on
  for (int i = 0; i < 4; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    Raw(folder.file())
        .run(fmt::format("UPDATE hone_workers SET beat_ms=beat_ms - {} WHERE worker='far'",
                         i == 0 ? 3600000 : -1)
                 .c_str());
    CHECK(near->recover_orphans(study) == 0);
  }
  // It renews no more.
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  CHECK(near->recover_orphans(study) == 1);
}

TEST_CASE("a trial that cannot be released is released later, by the heartbeat or the next call") {
  for (const bool by_heartbeat : {false, true}) {
    CAPTURE(by_heartbeat);
    TempFolder folder;
    SqliteOptions quick;
    quick.busy_seconds = 0.05;
    const auto storage = open_file(folder.file(), quick, by_heartbeat ? 0.2 : 60);
    const auto study = storage->find_or_create_study("s", {Direction::minimize}, {}).first.key;
    const Started started = storage->start({study, 0, 0, ""});
    Raw raw(folder.file());
    raw.run("BEGIN IMMEDIATE");
    CHECK_THROWS_AS(storage->release(started.trial.id, started.token, ReleaseReason::fault),
                    StoreError);
    raw.run("COMMIT");
    if (by_heartbeat) {
      const auto begin = Clock::now();
      while (storage->read_trials(study).at(0).state != TrialState::waiting) {
        REQUIRE(seconds_since(begin) < 10);
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    }
    const Started again = storage->start({study, 0, 0, ""});
    CHECK(again.trial.number == 0);
    CHECK(again.rerun);
    CHECK(again.faults == 1);
  }
}

TEST_CASE("a database that is removed, moved or replaced while it is open is an error") {
  const std::pair<const char*, std::function<void(const TempFolder&)>> cases[] = {
      {"removed", [](const TempFolder& f) { std::filesystem::remove(f.file()); }},
      {"moved",
       [](const TempFolder& f) { std::filesystem::rename(f.file(), f.file("elsewhere.db")); }},
      {"replaced",
       [](const TempFolder& f) {
         std::filesystem::copy_file(f.file(), f.file("copy.db"));
         std::filesystem::rename(f.file("copy.db"), f.file());
       }},
      {"its log removed",
       [](const TempFolder& f) { std::filesystem::remove(f.file("study.db-wal")); }},
  };
  for (const auto& one : cases) {  // no structured binding: clang 14 captures none
    CAPTURE(one.first);
    TempFolder folder;
    const auto storage = open_file(folder.file());
    const auto study = storage->find_or_create_study("s", {Direction::minimize}, {}).first.key;
    run_one(*storage, study);
    one.second(folder);
    // The files beside the database are looked at each second, itself before each commit.
    if (one.first == std::string("its log removed"))
      std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    CHECK_THROWS_WITH_AS(run_one(*storage, study), doctest::Contains("removed, moved or replaced"),
                         StoreError);
    CHECK_THROWS_WITH_AS(storage->enqueue(study, {}, {}), doctest::Contains("study.db"),
                         StoreError);
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    CHECK_THROWS_AS(storage->changed(), StoreError);  // somebody who only waits finds it, too
  }
}

TEST_CASE("an older copy, nothing or anything else written over an open database is an error") {
  const std::pair<const char*, std::function<void(const TempFolder&)>> cases[] = {
      {"an older copy",
       [](const TempFolder& f) {
         std::filesystem::copy_file(f.file("backup.db"), f.file(),
                                    std::filesystem::copy_options::overwrite_existing);
       }},
      {"nothing", [](const TempFolder& f) { std::filesystem::resize_file(f.file(), 0); }},
      {"anything",
       [](const TempFolder& f) { std::ofstream(f.file()) << std::string(1 << 16, '\x7f'); }},
  };
  for (const auto& one : cases) {  // no structured binding: clang 14 captures none
    CAPTURE(one.first);
    TempFolder folder;
    StudyKey study;
    {
      const auto first = open_file(folder.file());
      study = first->find_or_create_study("s", {Direction::minimize}, {}).first.key;
      for (int n = 0; n < 3; ++n) run_one(*first, study);
    }
    std::filesystem::copy_file(folder.file(), folder.file("backup.db"));
    const auto storage = open_file(folder.file());
    // So many that SQLite has moved some from its log into the file.
    for (int n = 0; n < 400; ++n) run_one(*storage, study);
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // it is looked at each second
    run_one(*storage, study);
    one.second(folder);
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    CHECK_THROWS_WITH_AS(run_one(*storage, study), doctest::Contains("removed, moved or replaced"),
                         StoreError);
    CHECK_THROWS_WITH_AS(storage->enqueue(study, {}, {}), doctest::Contains("study.db"),
                         StoreError);
  }
}

TEST_CASE("trials that were seen and are missing are an error") {
  TempFolder folder;
  const auto storage = open_file(folder.file());
  const auto study = storage->find_or_create_study("s", {Direction::minimize}, {}).first.key;
  for (int n = 0; n < 3; ++n) run_one(*storage, study);
  Raw raw(folder.file());
  raw.run("DELETE FROM trials WHERE number > 0");
  CHECK_THROWS_WITH_AS(storage->start({study, 0, 0, ""}),
                       doctest::Contains("trials that were there are missing"), StoreError);
}

TEST_CASE(
    "workers that came through different links know each other, and a changed link is found") {
  TempFolder folder;
  const auto direct = open_file(folder.file());
  const StudyKey study = direct->find_or_create_study("s", {Direction::minimize}, {}).first.key;
  direct->start({study, 0, 0, ""});
  std::filesystem::create_symlink(folder.file(), folder.file("link.db"));
  const auto linked = open_file(folder.file("link.db"));
  REQUIRE(linked->holders(study).size() == 1);
  CHECK(linked->holders(study)[0].alive);
  run_one(*linked, study);
  std::filesystem::remove(folder.file("link.db"));
  open_file(folder.file("other.db"));
  std::filesystem::create_symlink(folder.file("other.db"), folder.file("link.db"));
  CHECK_THROWS_AS(run_one(*linked, study), StoreError);
  run_one(*direct, study);
}

TEST_CASE("the end of a program leaves a database alone that has taken the place of its own") {
  TempFolder folder;
  auto old = open_file(folder.file());
  const auto study = old->find_or_create_study("s", {Direction::minimize}, {}).first.key;
  run_one(*old, study);
  std::filesystem::rename(folder.file(), folder.file("old.db"));
  for (const char* side : {"-wal", "-shm"})
    std::filesystem::rename(folder.file() + side, folder.file("old.db") + side);
  const auto fresh = open_file(folder.file());
  const auto other = fresh->find_or_create_study("s", {Direction::minimize}, {}).first.key;
  run_one(*fresh, other);
  old.reset();
  CHECK(std::filesystem::exists(folder.file() + "-wal"));
  run_one(*fresh, other);
  CHECK(fresh->read_trials(other).size() == 2);
}

TEST_CASE("a study in a changed working directory is still the same file") {
  TempFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path);
  const auto storage = open_file("study.db");
  const auto study = storage->find_or_create_study("s", {Direction::minimize}, {}).first.key;
  std::filesystem::current_path(before);
  run_one(*storage, study);
  CHECK(storage->read_trials(study).size() == 1);
}

TEST_CASE("all calls of a store share one time to wait for a lock") {
  TempFolder folder;
  SqliteOptions quick;
  quick.busy_seconds = 0.5;
  const auto storage = open_file(folder.file(), quick);
  const auto study = storage->find_or_create_study("s", {Direction::minimize}, {}).first.key;
  std::vector<Started> started;
  for (int i = 0; i < 4; ++i) started.push_back(storage->start({study, 0, 0, ""}));
  Raw raw(folder.file());
  raw.run("BEGIN IMMEDIATE");
  const auto begin = Clock::now();
  std::vector<std::thread> workers;
  for (const Started& mine : started)
    workers.emplace_back([&storage, &mine] {
      TrialChange change;
      change.reports = {{0, 1.0}};
      CHECK_THROWS_AS(storage->write(mine.trial.id, mine.token, change), StoreError);
      CHECK_THROWS_AS(storage->release(mine.trial.id, mine.token), StoreError);
    });
  for (std::thread& worker : workers) worker.join();
  CHECK(seconds_since(begin) > 0.4);
  CHECK(seconds_since(begin) < 1.5);  // eight calls, one after the other, would take 4 s
  raw.run("COMMIT; BEGIN IMMEDIATE; COMMIT");
  for (int i = 0; i < 4; ++i) CHECK(storage->start({study, 0, 0, ""}).rerun);
}

TEST_CASE("somebody who waits for a trial takes no write lock") {
  TempFolder folder;
  SqliteOptions quick;
  quick.busy_seconds = 0;
  const auto storage = open_file(folder.file(), quick);
  const auto study = storage->find_or_create_study("s", {Direction::minimize}, {}).first.key;
  const Started held = storage->start({study, 1, 0, ""});
  CHECK(storage->start({study, 1, 0, ""}).kind == Started::Kind::wait);
  Raw raw(folder.file());
  raw.run("BEGIN IMMEDIATE");
  for (int i = 0; i < 10; ++i) CHECK(storage->start({study, 1, 0, ""}).kind == Started::Kind::wait);
  CHECK(storage->recover_orphans(study) == 0);
  raw.run("COMMIT");
  storage->release(held.trial.id, held.token);
  CHECK(storage->start({study, 1, 0, ""}).rerun);
}

TEST_CASE("a study of version 0.1.0 goes on, with the trials that its killed worker left") {
  TempFolder folder;
  make_old_study(folder.file());
  Study study = Study::load(folder.url(), "old");
  const auto before = study.trials();
  REQUIRE(before.size() == 9);
  CHECK(before[0].value() == 0);
  CHECK(before[3].value() == -INFINITY);
  CHECK(before[6].state == TrialState::waiting);
  CHECK(before[7].state == TrialState::running);
  StudyOptions o = options(folder);
  o.name = "old";
  o.direction = Direction::maximize;
  o.seed = 7;
  o.lag = 2;
  o.settings = {{"data", "fashion"}};
  Study again = Study::open(o);
  OptimizeOptions budget;
  budget.trials = 10;
  again.optimize(
      [](Trial& trial) {
        return Outcome::complete(trial.suggest_float("lr", 1e-5, 1e-1, {.log = true}));
      },
      budget);
  const auto after = again.trials();
  REQUIRE(after.size() == 10);
  for (const TrialRecord& trial : after) CHECK(is_finished(trial.state));
  CHECK(after[8].find("lr")->internal == 0.01);
}
