// Joining the workers of a database, and judging the others.
#include "tune/storage/workers.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace hone::tune {
namespace {

using Milliseconds = std::chrono::milliseconds;

// A place for the lock that no other worker has: 62 of the 128 random bits of the id.
std::int64_t lock_place(const std::string& id) {
  std::uint64_t bits = 0;
  std::from_chars(id.data(), id.data() + 16, bits, 16);
  return static_cast<std::int64_t>(bits >> 2);
}

// How old its last renewal is by the clock of the database, at most a lease. Both may be nonsense.
Milliseconds age_of(const Worker& worker, std::int64_t now_ms) {
  constexpr std::int64_t kMost = std::int64_t{10} * 365 * 86400 * 1000;
  const std::int64_t most = std::clamp<std::int64_t>(worker.lease_ms, 0, kMost);
  if (worker.beat_ms >= now_ms) return Milliseconds(0);
  return Milliseconds(worker.beat_ms < 0 ? most : std::min(now_ms - worker.beat_ms, most));
}

}  // namespace

Worker read_worker(const Query& row, int column) {
  Worker worker;
  worker.id = row.text(column);
  worker.process = {row.integer(column + 1), row.text(column + 2), row.text(column + 3)};
  worker.lock_file = {static_cast<std::uint64_t>(row.integer(column + 4)),
                      static_cast<std::uint64_t>(row.integer(column + 5))};
  worker.lock_at = row.integer(column + 6);
  worker.lease_ms = row.integer(column + 7);
  worker.beat_ms = row.integer(column + 8);
  return worker;
}

Workers::Workers(SqlConnection& connection, double lease_seconds)
    : connection_(connection),
      locks_(connection.lock_path()),
      self_(this_process()),
      lease_ms_(std::max<std::int64_t>(1, static_cast<std::int64_t>(lease_seconds * 1000))) {}

void Workers::beat() {
  if (id_.empty()) {
    id_ = new_token();
    lock_at_ = lock_place(id_);
  }
  locks_.hold(lock_at_);  // without it others go by the lease alone
  Query(connection_,
        "INSERT INTO hone_workers (worker, pid, host, boot_id, lock_device, lock_inode, lock_at, "
        "lease_ms, beat_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (worker) DO UPDATE SET "
        "lock_device=excluded.lock_device, lock_inode=excluded.lock_inode, "
        "beat_ms=excluded.beat_ms")
      .bind(id_)
      .bind(self_.pid)
      .bind(self_.host)
      .bind(self_.boot_id)
      .bind(static_cast<std::int64_t>(locks_.identity().device))
      .bind(static_cast<std::int64_t>(locks_.identity().inode))
      .bind(lock_at_)
      .bind(lease_ms_)
      .bind(connection_.now_ms())
      .run();
}

void Workers::leave() {
  Query(connection_,
        "DELETE FROM hone_workers WHERE worker=? AND NOT EXISTS (SELECT 1 FROM hone_trials h JOIN "
        "trials t ON t.trial_id=h.trial_id WHERE h.worker=hone_workers.worker AND h.token IS NOT "
        "NULL AND t.state='RUNNING')")
      .bind(id_)
      .run();
}

void Workers::tidy() noexcept {
  try {
    Query rows(connection_, "SELECT 1 FROM hone_workers LIMIT 1");
    if (!rows.step()) locks_.remove_if_unused();
  } catch (const std::exception&) {
    // The file stays; the next one out removes it.
  }
}

void Workers::bury() {
  std::vector<std::string> dead;
  {
    Query rows(connection_,
               "SELECT worker, pid, host, boot_id, lock_device, lock_inode, lock_at, lease_ms, "
               "beat_ms FROM hone_workers w WHERE NOT EXISTS (SELECT 1 FROM hone_trials h JOIN "
               "trials t ON t.trial_id=h.trial_id WHERE h.worker=w.worker AND h.token IS NOT NULL "
               "AND t.state='RUNNING')");
    while (rows.step())
      if (const Worker worker = read_worker(rows, 0); judge(worker).dead) dead.push_back(worker.id);
  }
  for (const std::string& id : dead)
    Query(connection_, "DELETE FROM hone_workers WHERE worker=?").bind(id).run();
}

Standing Workers::judge(const Worker& worker) {
  if (!id_.empty() && worker.id == id_) return {.alive = true};
  if (!self_.boot_id.empty() && worker.process.boot_id == self_.boot_id) {
    switch (locks_.ask(worker.lock_at, worker.lock_file)) {
      case LockFile::Answer::held:
        return {.alive = true};
      case LockFile::Answer::free:
        return {.dead = true};
      case LockFile::Answer::unknown:
        break;
    }
  }
  const auto now = std::chrono::steady_clock::now();
  const auto [known, is_new] = seen_.try_emplace(worker.id);
  Observation& seen = known->second;
  if (is_new || seen.beat_ms != worker.beat_ms) {
    Milliseconds age = age_of(worker, connection_.now_ms());
    if (!is_new) age = std::min(age, std::chrono::duration_cast<Milliseconds>(now - seen.looked));
    seen = {worker.beat_ms, now - age, now};
  }
  seen.looked = now;
  const std::int64_t left =
      worker.lease_ms - std::chrono::duration_cast<Milliseconds>(now - seen.beat).count();
  return {.dead = left <= 0,
          .lease_left = static_cast<double>(std::max<std::int64_t>(left, 0)) / 1000};
}

}  // namespace hone::tune
