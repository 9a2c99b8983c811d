// The processes that run trials of one database: this one's place among them, and whether another
// one still lives.
//
// The kernel says who lives: a worker holds a lock on a byte of a side file, which is freed at its
// death. Where the kernel cannot say (the worker runs under another one: another host, another
// virtual machine), a lease decides, by the clock of the database: a worker that has not renewed it
// in time is taken for dead. The clock counts where a renewal is seen for the first time, and no
// further back than the last look; from then on what was watched does. So a clock that is set back
// holds up nobody, and one that is set forward kills nobody whom this process knows.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "tune/storage/lock_file.h"
#include "tune/storage/rules.h"
#include "tune/storage/sql_connection.h"

namespace hone::tune {

struct Worker {
  std::string id;
  Process process;
  FileIdentity lock_file;
  std::int64_t lock_at = 0;
  std::int64_t lease_ms = 0, beat_ms = 0;
};

// From nine columns of hone_workers, in the order of its definition.
Worker read_worker(const Query& row, int column);

struct Standing {
  bool alive = false;     // the kernel says so
  bool dead = false;      // its trials may be taken over
  double lease_left = 0;  // neither: seconds until it is taken for dead
};

// Not thread-safe. Uses the database of its owner, which opens the transactions.
class Workers {
 public:
  Workers(SqlConnection& connection, double lease_seconds);

  // This worker's id; empty before it has joined.
  const std::string& id() const { return id_; }
  double lease_seconds() const { return static_cast<double>(lease_ms_) / 1000; }
  // Takes the lock and writes this worker's row, or renews its lease. In a write transaction.
  void beat();
  // Removes this worker's row unless trials are still its own. In a write transaction.
  void leave();
  // Removes the side file when no worker is left. Outside of a transaction.
  void tidy() noexcept;
  // Removes the rows of dead workers that have no RUNNING trial. In a write transaction.
  void bury();

  Standing judge(const Worker& worker);

 private:
  struct Observation {
    std::int64_t beat_ms = 0;
    std::chrono::steady_clock::time_point beat;    // when that was, by the clock of this process
    std::chrono::steady_clock::time_point looked;  // last
  };
  SqlConnection& connection_;
  LockFile locks_;
  Process self_;
  std::string id_;
  std::int64_t lock_at_ = 0;
  std::int64_t lease_ms_;
  std::map<std::string, Observation> seen_;
};

}  // namespace hone::tune
