// The storage as one of several workers: its heartbeat, the trials of others, the trials that it
// could not release itself.
#include <algorithm>
#include <cmath>
#include <system_error>

#include "tune/storage/sql_read.h"
#include "tune/storage/sql_storage.h"
#include "tune/time_text.h"

namespace hone::tune {
namespace {

using Lock = std::lock_guard<std::mutex>;

}  // namespace

SqlStorage::~SqlStorage() {
  if (!heart_.joinable()) return;
  {
    const Lock lock(mutex_);
    closed_ = true;
  }
  closing_.notify_all();
  heart_.join();
  try {
    connection_->set_patient(false);
    release_abandoned();
    transact(kWrite, [&] {
      workers_.bury();
      workers_.leave();
    });
  } catch (const std::exception&) {
    // The end of the lock on the side file says it, too.
  }
  workers_.tidy();
}

void SqlStorage::join() {
  transact(kWrite, [&] { workers_.beat(); });
  try {
    heart_ = std::thread([this] { keep_alive(); });
  } catch (const std::system_error& error) {
    fail_store("{}: no thread can be had for the heartbeat: {}", place(), error.what());
  }
}

void SqlStorage::keep_alive() {
  std::unique_lock lock(mutex_);
  const std::chrono::duration<double> lease(workers_.lease_seconds());
  bool late = false;
  while (!closing_.wait_for(lock, late ? lease / 16 : lease / 4, [this] { return closed_; })) {
    connection_->set_patient(false);  // never keeps the others waiting for a lock
    late = true;
    try {
      release_abandoned();
      transact(kWrite, [&] { workers_.beat(); });
      late = false;
    } catch (const std::exception&) {
      // The next call of the study meets the same fault and reports it.
    }
    connection_->set_patient(true);
  }
}

void SqlStorage::check_place_each_second() {
  const auto now = std::chrono::steady_clock::now();
  if (now - place_checked_ < std::chrono::seconds(1)) return;
  connection_->check_place();
  place_checked_ = now;
}

void SqlStorage::release_abandoned() {
  if (abandoned_.empty()) return;
  transact(kWrite, [&] {
    for (const Abandoned& left : abandoned_)
      if (owned(left.trial, left.token)) requeue(left.trial, left.reason);
  });
  abandoned_.clear();
}

void SqlStorage::check_left(std::int64_t study, const std::string& name) {
  std::vector<Worker> workers;
  {
    Query rows(*connection_,
               "SELECT worker, pid, host, boot_id, lock_device, lock_inode, lock_at, lease_ms, "
               "beat_ms FROM hone_workers w WHERE EXISTS (SELECT 1 FROM hone_trials h JOIN trials "
               "t ON t.trial_id=h.trial_id WHERE h.worker=w.worker AND t.study_id=?)");
    for (rows.bind(study); rows.step();) workers.push_back(read_worker(rows, 0));
  }
  const Process self = this_process();
  for (const Worker& worker : workers) {
    const Process& process = worker.process;
    const bool own =
        process.pid == self.pid && process.host == self.host && process.boot_id == self.boot_id;
    const Standing standing = workers_.judge(worker);
    if (own || standing.dead) continue;
    fail(ErrorKind::usage,
         "study {} in {} is not removed: process {} on host {} works on it ({}); end that process "
         "first, or wait for its end",
         printable(name), place(), process.pid, printable(process.host),
         standing.alive ? std::string("it lives")
                        : fmt::format("nobody can see whether it lives; its lease ends in {:.0f} s",
                                      std::ceil(standing.lease_left)));
  }
}

std::vector<SqlStorage::Held> SqlStorage::read_held(const StudyKey& study) {
  Queue queue;
  std::vector<Held> list = transact(kRead, [&] {
    queue = queues_[study.token];
    std::vector<QueueRow> open;
    read_queue(study, kStudyRow, queue, open);
    return held_of(open);
  });
  queues_[study.token] = std::move(queue);
  std::sort(list.begin(), list.end(),
            [](const Held& a, const Held& b) { return a.number < b.number; });
  return list;
}

std::vector<SqlStorage::Held> SqlStorage::held_of(const std::vector<QueueRow>& open) {
  std::vector<Held> list;
  for (const QueueRow& row : open) {
    if (row.state != TrialState::running || !row.owned) continue;
    Query query(*connection_,
                "SELECT h.token, t.datetime_start, w.worker, w.pid, w.host, w.boot_id, "
                "w.lock_device, w.lock_inode, w.lock_at, w.lease_ms, w.beat_ms FROM hone_trials h "
                "JOIN trials t ON t.trial_id=h.trial_id LEFT JOIN hone_workers w ON "
                "w.worker=h.worker WHERE h.trial_id=? AND h.token IS NOT NULL");
    if (!query.bind(row.id).step()) continue;
    Held held{row.id, row.number, query.text(0), time_from_text(query.text(1)).value_or(0),
              read_worker(query, 2)};
    if (held.worker.id.empty()) {  // made by a version that had no leases
      held.worker.id = fmt::format("trial {}", held.trial);
      held.worker.lease_ms = static_cast<std::int64_t>(workers_.lease_seconds() * 1000);
      held.worker.beat_ms = held.start_time / 1000;
    }
    list.push_back(std::move(held));
  }
  return list;
}

int SqlStorage::recover_orphans(const StudyKey& study, TakeOver whose) {
  const Lock lock(mutex_);
  release_abandoned();
  std::vector<Held> orphans = read_held(study);
  attempt([&] {
    std::erase_if(orphans, [&](const Held& held) {
      return held.worker.id == workers_.id() ||
             (whose == TakeOver::dead && !workers_.judge(held.worker).dead);
    });
  });
  if (orphans.empty()) return 0;
  return transact(kWrite, [&] {
    int count = 0;
    for (const Held& held : orphans) {
      if (!owned(held.trial, held.token)) continue;
      requeue(held.trial, ReleaseReason::interrupted);
      ++count;
    }
    workers_.bury();
    return count;
  });
}

std::vector<Holder> SqlStorage::holders(const StudyKey& study) {
  const Lock lock(mutex_);
  std::vector<Holder> list;
  for (const Held& held : read_held(study)) {
    if (held.worker.id == workers_.id()) continue;
    const Standing standing = attempt([&] { return workers_.judge(held.worker); });
    const Process& process = held.worker.process;
    list.push_back({held.number,
                    process.pid == 0 ? ""
                                     : fmt::format("process {} on host {}", process.pid,
                                                   printable(process.host)),
                    held.start_time, standing.alive, standing.lease_left});
  }
  return list;
}

bool SqlStorage::changed() {
  const Lock lock(mutex_);
  check_place_each_second();
  return connection_->others_wrote();
}

}  // namespace hone::tune
