// A small owner of a SQLite connection: prepared statements with bound values, transactions, clear
// errors.
#pragma once

#include <sqlite3.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tune/storage/file_identity.h"

namespace hone::tune {

struct DatabaseOptions {
  bool create = true;
  bool durable = false;  // synchronous=FULL: a finished transaction survives a power loss
  // How long to wait for another program's lock. All calls of one connection share this time: when
  // one of them has waited in vain, the next ones fail at once, until the lock was had again.
  double busy_seconds = 20;
  std::int64_t max_pages = 0;  // 0: no limit; the file grows no further (a quota)
};

// One connection, used by one thread at a time. Every failure is an Error(storage) that names the
// file.
class Database {
 public:
  Database(const std::string& path, const DatabaseOptions& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const std::string& path() const { return path_; }
  // The same, independent of the working directory and with symbolic links resolved.
  const std::string& file() const { return files_[0].path; }
  // Throws unless path() still names the file that is open: what is written to one that was
  // removed, moved or replaced would be lost without a word. Also done before each commit.
  void check_file();
  // While set, a locked file is an error at once.
  void set_patient(bool patient) { patient_ = patient; }
  // Runs statements that return nothing of interest. `sql` is text of ours, never of a user.
  void exec(const char* sql);
  // exec, tried again while the file is locked: for statements that do not wait by themselves.
  void exec_when_free(const char* sql);
  // Rows changed by the last statement.
  int changes() const { return sqlite3_changes(handle_); }
  std::int64_t last_id() const { return sqlite3_last_insert_rowid(handle_); }
  // The clock of the database: milliseconds since 1970. Here that of this machine.
  std::int64_t now_ms() const;
  [[noreturn]] void raise(int code) const;

 private:
  friend class Query;
  friend class Transaction;
  static int on_busy(void* self, int attempt);
  void configure(const DatabaseOptions& options);
  void note_files();
  void got_lock() { busy_last_.reset(); }
  sqlite3_stmt* statement(std::string_view sql);

  // The database and the two files that SQLite keeps beside it; these are known once they are made.
  struct OpenFile {
    std::string path;
    FileIdentity identity = {};
  };
  std::string path_;
  std::array<OpenFile, 3> files_;
  sqlite3* handle_ = nullptr;
  std::map<std::string_view, sqlite3_stmt*> statements_;
  double busy_seconds_;
  bool patient_ = true;
  // The wait for a lock, of this call or of those before it that waited for the same one.
  std::chrono::steady_clock::time_point busy_since_;
  std::optional<std::chrono::steady_clock::time_point> busy_last_;
};

// One run of a prepared statement. `sql` must be a literal: statements are kept by its text for
// ever.
class Query {
 public:
  Query(Database& database, std::string_view sql);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  Query& bind(std::int64_t value);
  Query& bind(double value);
  Query& bind(const std::string& value);
  Query& bind_null();

  // The next row; false at the end.
  bool step();
  // Runs a statement to its end.
  void run() {
    while (step()) {
    }
  }

  bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  double number(int column) const { return sqlite3_column_double(statement_, column); }
  std::string text(int column) const;  // NULL: empty

 private:
  Database& database_;
  sqlite3_stmt* statement_;
  int next_ = 1;
};

// BEGIN IMMEDIATE: takes the write lock at once, so that what was read inside stays true. Rolled
// back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace hone::tune
