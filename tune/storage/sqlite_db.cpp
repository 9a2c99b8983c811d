// The SQLite connection: settings that make it safe to share and to open a foreign file with.
#include "tune/storage/sqlite_db.h"

#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "tune/storage/storage.h"

namespace hone::tune {
namespace {

// File systems between machines, on which SQLite's locks are not to be trusted.
const char* network_file_system(const std::string& path) {
  struct statfs status {};
  const std::filesystem::path file(path);
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  if (::statfs(folder.c_str(), &status) != 0) return nullptr;
  switch (static_cast<unsigned long>(status.f_type)) {
    case 0x6969:
      return "NFS";
    case 0x517B:
      return "SMB";
    case 0xFF534D42:
      return "CIFS";
    case 0xFE534D42:
      return "SMB2";
    case 0x0BD00BD0:
      return "Lustre";
    case 0x47504653:
      return "GPFS";
    case 0x00C36400:
      return "Ceph";
    default:
      return nullptr;
  }
}

// Looks at the name only: opening and closing the file by other means would drop SQLite's locks.
void check_place(const std::string& path, bool create) {
  const std::string shown = printable(path);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (!create) fail_store("{}: there is no such study database; check the path", shown);
  } else if (!S_ISREG(status.st_mode)) {
    fail_store("{}: is not a regular file, so it cannot be a study database", shown);
  }
  if (const char* kind = network_file_system(path))
    fail_store(
        "{}: lies on a network file system ({}), where locks of SQLite are not reliable; use a "
        "local folder",
        shown, kind);
}

}  // namespace

Database::Database(const std::string& path, const DatabaseOptions& options)
    : path_(path), busy_seconds_(options.busy_seconds) {
  check_place(path, options.create);
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (options.create ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr);
  try {
    if (code != SQLITE_OK) raise(code);
    note_files();
    configure(options);
  } catch (...) {
    sqlite3_close_v2(handle_);
    throw;
  }
}

void Database::note_files() {
  std::error_code error;
  const std::string file = std::filesystem::canonical(path_, error).string();
  if (error) raise(SQLITE_CANTOPEN);
  files_ = {{{file}, {file + "-wal"}, {file + "-shm"}}};
  files_[0].identity = file_identity(file);
  int moved = 0;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (moved != 0) raise(SQLITE_READONLY_DBMOVED);  // between the opening and this look
}

void Database::check_file() {
  for (OpenFile& file : files_) {
    const FileIdentity now = file_identity(file.path);
    if (!file.identity.known()) file.identity = now;
    if (now != file.identity) raise(SQLITE_READONLY_DBMOVED);
  }
}

void Database::configure(const DatabaseOptions& options) {
  sqlite3_extended_result_codes(handle_, 1);
  sqlite3_busy_handler(handle_, &Database::on_busy, this);
  // A study may come from a stranger: nothing in the file may run code or reach other files.
  for (const auto& [setting, on] : {std::pair{SQLITE_DBCONFIG_DEFENSIVE, 1},
                                    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                                    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
                                    {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
                                    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0}})
    sqlite3_db_config(handle_, setting, on, nullptr);
  sqlite3_limit(handle_, SQLITE_LIMIT_LENGTH, 64 << 20);
  sqlite3_limit(handle_, SQLITE_LIMIT_ATTACHED, 0);
  exec("PRAGMA cell_size_check=ON");
  exec("PRAGMA mmap_size=0");
  exec("PRAGMA foreign_keys=OFF");
  exec(options.durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  if (sqlite3_db_readonly(handle_, "main") == 1) raise(SQLITE_READONLY);
  if (options.max_pages > 0)
    exec(fmt::format("PRAGMA max_page_count={}", options.max_pages).c_str());
  Query check(*this, "PRAGMA quick_check(1)");
  if (!check.step() || check.text(0) != "ok") raise(SQLITE_CORRUPT);
}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  // The last one out leaves a single plain file that can be copied; refused at once while others
  // are in. Not when another file has this one's name by now: its log would be removed.
  patient_ = false;
  if (file_identity(files_[0].path) == files_[0].identity) {
    sqlite3_exec(handle_, "PRAGMA wal_checkpoint(TRUNCATE)", nullptr, nullptr, nullptr);
    sqlite3_exec(handle_, "PRAGMA journal_mode=DELETE", nullptr, nullptr, nullptr);
  }
  sqlite3_close_v2(handle_);
}

int Database::on_busy(void* self, int) {
  auto& database = *static_cast<Database*>(self);
  if (!database.patient_) return 0;
  using Seconds = std::chrono::duration<double>;
  const auto now = std::chrono::steady_clock::now();
  if (!database.busy_last_ || Seconds(now - *database.busy_last_).count() > database.busy_seconds_)
    database.busy_since_ = now;
  database.busy_last_ = now;
  if (Seconds(now - database.busy_since_).count() >= database.busy_seconds_) return 0;
  // Uneven pauses, so that no process is kept out for ever by another one's rhythm.
  const auto ticks = static_cast<unsigned long>(now.time_since_epoch().count());
  std::this_thread::sleep_for(std::chrono::microseconds(500 + ticks / 1000 % 7000));
  return 1;
}

void Database::raise(int code) const {
  const std::string shown = printable(path_);
  const char* detail = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  if (code == SQLITE_READONLY_DBMOVED)
    fail_store(
        "{}: the file was removed, moved or replaced while it was open, nothing more is written; "
        "put it back and start again",
        shown);
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      fail_store("{}: is locked by another program for more than {} s; end that program", shown,
                 busy_seconds_);
    case SQLITE_FULL:
      fail_store("{}: the disk is full; what was stored before is intact", shown);
    case SQLITE_NOTADB:
      fail_store("{}: is not a SQLite database", shown);
    case SQLITE_CORRUPT:
      fail_store(
          "{}: is damaged ({}); restore a copy, or save what is left with `sqlite3 FILE "
          ".recover`",
          shown, detail);
    case SQLITE_READONLY:
    case SQLITE_PERM:
      fail_store("{}: cannot be written; check the permissions of the file and its folder", shown);
    case SQLITE_CANTOPEN:
      fail_store("{}: cannot be opened; check that the folder exists and may be written", shown);
    default:
      fail_store("{}: {}", shown, detail);
  }
}

void Database::exec(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) raise(code);
}

void Database::exec_when_free(const char* sql) {
  for (int attempt = 0;; ++attempt) {
    const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return got_lock();
    if ((code & 0xFF) != SQLITE_BUSY || on_busy(this, attempt) == 0) raise(code);
  }
}

std::int64_t Database::now_ms() const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

sqlite3_stmt* Database::statement(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return found->second;
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) raise(code);
  statements_[sql] = statement;
  return statement;
}

Query::Query(Database& database, std::string_view sql)
    : database_(database), statement_(database.statement(sql)) {}

Query::~Query() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query& Query::bind(std::int64_t value) {
  sqlite3_bind_int64(statement_, next_++, value);
  return *this;
}
Query& Query::bind(double value) {
  sqlite3_bind_double(statement_, next_++, value);
  return *this;
}
Query& Query::bind(const std::string& value) {
  const int code = sqlite3_bind_text64(statement_, next_++, value.data(), value.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) database_.raise(code);
  return *this;
}
Query& Query::bind_null() {
  sqlite3_bind_null(statement_, next_++);
  return *this;
}

bool Query::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_.raise(code);
  return false;
}

std::string Query::text(int column) const {
  const unsigned char* data = sqlite3_column_text(statement_, column);
  if (data == nullptr) return {};
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return std::string(reinterpret_cast<const char*>(data), size);
}

Transaction::Transaction(Database& database) : database_(database) {
  database.exec("BEGIN IMMEDIATE");
  database.got_lock();
}

Transaction::~Transaction() {
  // After a full disk SQLite may have rolled back already.
  if (open_ && sqlite3_get_autocommit(database_.handle_) == 0)
    sqlite3_exec(database_.handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.check_file();
  database_.exec("COMMIT");
  open_ = false;
}

}  // namespace hone::tune
