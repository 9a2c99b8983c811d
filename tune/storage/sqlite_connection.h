// A study database in one SQLite file, in Optuna's schema: Python programs open it, continue it and
// share it.
#pragma once

#include <sqlite3.h>

#include <array>
#include <chrono>
#include <optional>
#include <unordered_map>

#include "base/signals.h"
#include "tune/storage/file_identity.h"
#include "tune/storage/sql_connection.h"

namespace hone::tune {

struct SqliteOptions {
  bool create = true;
  // Nothing is made or changed before something is to be written, and a file that may not be
  // written is opened for reading.
  bool may_read_only = false;
  bool durable = false;  // synchronous=FULL: a finished transaction survives a power loss
  // How long to wait for another program's lock. All calls of one connection share this time: when
  // one of them has waited in vain, the next ones fail at once, until the lock was had again.
  double busy_seconds = 20;
  std::int64_t max_pages = 0;  // 0: no limit; the file grows no further (a quota)
};

class SqliteConnection : public SqlConnection {
 public:
  // Opens or makes the file, makes or checks its tables (sqlite_schema.h), and checks the whole of
  // it for damage. With may_read_only its tables are made when a transaction is begun that writes.
  SqliteConnection(const std::string& path, const SqliteOptions& options);
  ~SqliteConnection() override;
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  const std::string& name() const override { return path_; }
  SqlStatement& statement(const char* sql) override;
  std::int64_t last_key() override { return sqlite3_last_insert_rowid(handle_); }
  void begin(Access access) override;
  void commit() override;
  void rollback() noexcept override;
  void check_place() override;
  bool others_wrote() override;
  std::int64_t now_ms() override;
  void set_patient(bool patient) noexcept override { patient_ = patient; }
  bool writable() const override { return writable_; }
  std::string lock_path() const override { return writable_ ? file_ + "-workers" : ""; }

  // Runs statements that return nothing of interest. `sql` is text of ours, never of a user.
  void exec(const char* sql);
  // exec, tried again while the file is locked: for statements that do not wait by themselves.
  void exec_when_free(const char* sql);
  // Throws the StoreError that stands for SQLite's code, or for its last message.
  [[noreturn]] void raise(int code, const char* detail = nullptr) const;

 private:
  class Statement;
  // The database and the two files that SQLite keeps beside it; these are known once they are made.
  struct OpenFile {
    std::string path;
    FileIdentity identity = {};
  };
  static int on_busy(void* self, int attempt);
  void open(const SqliteOptions& options);
  void prepare_for_reading();
  void prepare_for_writing();
  void configure(const SqliteOptions& options);
  void note_files();
  void check_damage();
  std::uint32_t file_changes();

  std::string path_;  // as it was given
  std::string file_;  // links resolved: one name for all who use this file
  std::array<OpenFile, 3> files_;
  sqlite3* handle_ = nullptr;
  bool writable_ = true;
  bool prepared_ = false;     // for writing
  bool standing_in_ = false;  // temporary tables are, for what the file lacks
  std::unordered_map<const char*, std::unique_ptr<Statement>> statements_;
  double busy_seconds_;
  bool patient_ = true;
  // The wait for a lock, of this call or of those before it that waited for the same one.
  std::chrono::steady_clock::time_point busy_since_;
  std::optional<std::chrono::steady_clock::time_point> busy_last_;
  std::int64_t data_version_ = -1;
  bool size_limited_ = false;                 // there is a limit on file sizes (ulimit -f)
  std::optional<FileSizeSignalBlock> quiet_;  // then: during a write transaction
  std::chrono::steady_clock::time_point place_checked_, side_files_checked_;
  std::uint32_t file_changes_ = 0;  // as last seen
  bool moved_ = false;
};

}  // namespace hone::tune
