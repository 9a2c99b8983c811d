// The SQLite connection: settings that make it safe to share and to open a foreign file with.
#include "tune/storage/sqlite_connection.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <thread>

#include "base/error.h"
#include "tune/storage/sqlite_schema.h"
#include "tune/storage/storage.h"

namespace hone::tune {
namespace {

// File systems between machines, on which SQLite's locks are not to be trusted.
const char* network_file_system(const std::string& path) {
  struct statfs status {};
  const std::filesystem::path file(path);
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  // The file itself where it is there: its name may be a link to somewhere else.
  if (::statfs(path.c_str(), &status) != 0 && ::statfs(folder.c_str(), &status) != 0)
    return nullptr;
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
void check_path(const std::string& path, bool create) {
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

// A file: name for sqlite3_open_v2, for options that a path cannot say.
std::string as_uri(const std::string& path, const char* options) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(path).string()) {
    if (c == '%' || c == '?' || c == '#')
      uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    else
      uri += c;
  }
  return uri + "?" + options;
}

}  // namespace

class SqliteConnection::Statement : public SqlStatement {
 public:
  Statement(SqliteConnection& connection, sqlite3_stmt* statement)
      : connection_(connection), statement_(statement) {}
  ~Statement() override { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void bind(int index, std::int64_t value) override {
    sqlite3_bind_int64(statement_, index, value);
  }
  void bind(int index, double value) override { sqlite3_bind_double(statement_, index, value); }
  void bind(int index, const std::string& value) override {
    const int code = sqlite3_bind_text64(statement_, index, value.data(), value.size(),
                                         SQLITE_TRANSIENT, SQLITE_UTF8);
    if (code != SQLITE_OK) connection_.raise(code);
  }
  void bind_null(int index) override { sqlite3_bind_null(statement_, index); }
  void run() override {
    while (step()) {
    }
    changes_ = sqlite3_changes(connection_.handle_);
  }
  std::int64_t changes() override { return changes_; }
  void send() override {}
  bool step() override {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) connection_.raise(code);
    return false;
  }
  void reset() noexcept override {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  bool is_null(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  std::int64_t integer(int column) const override {
    return sqlite3_column_int64(statement_, column);
  }
  double number(int column) const override { return sqlite3_column_double(statement_, column); }
  std::string text(int column) const override {
    const unsigned char* data = sqlite3_column_text(statement_, column);
    if (data == nullptr) return {};
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return std::string(reinterpret_cast<const char*>(data), size);
  }

 private:
  SqliteConnection& connection_;
  sqlite3_stmt* statement_;
  std::int64_t changes_ = 0;
};

SqliteConnection::SqliteConnection(const std::string& path, const SqliteOptions& options)
    : path_(path), busy_seconds_(options.busy_seconds) {
  check_path(path, options.create);
  try {
    open(options);
    note_files();
    configure(options);
    check_damage();
    if (options.may_read_only)
      prepare_for_reading();
    else
      prepare_for_writing();
  } catch (...) {
    statements_.clear();
    sqlite3_close_v2(handle_);
    throw;
  }
}

void SqliteConnection::prepare_for_reading() {
  if (check_schema(*this)) return;
  stand_in(*this);
  standing_in_ = true;
}

void SqliteConnection::prepare_for_writing() {
  if (standing_in_) stand_back(*this);
  standing_in_ = false;
  prepared_ = true;  // before: it writes, too
  try {
    prepare_schema(*this);
  } catch (...) {
    prepared_ = false;
    throw;
  }
  exec("SELECT 1 FROM studies LIMIT 1");  // now the files of the log are there
  side_files_checked_ = {};
  check_place();
}

void SqliteConnection::open(const SqliteOptions& options) {
  const auto try_open = [&](const std::string& name, int flags) {
    sqlite3_close_v2(handle_);
    handle_ = nullptr;
    return sqlite3_open_v2(name.c_str(), &handle_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  };
  const std::string folder = std::filesystem::absolute(path_).parent_path().string();
  writable_ = !options.may_read_only ||
              (::access(path_.c_str(), W_OK) == 0 && ::access(folder.c_str(), W_OK) == 0);
  int code = SQLITE_OK;
  if (writable_) {
    code = try_open(path_, SQLITE_OPEN_READWRITE | (options.create ? SQLITE_OPEN_CREATE : 0));
  } else {
    // SQLite cannot make the files of a log in a folder that may not be written. Without a log
    // nobody writes just now, and the file can be read as it is.
    const bool plain = !std::filesystem::exists(path_ + "-wal");
    code = try_open(as_uri(path_, plain ? "immutable=1" : "mode=ro"),
                    SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  }
  if (code != SQLITE_OK) raise(code);
}

void SqliteConnection::note_files() {
  std::error_code error;
  file_ = std::filesystem::canonical(path_, error).string();
  if (error) raise(SQLITE_CANTOPEN);
  // The name that was given, through whatever links: these may change, too.
  files_ = {{{std::filesystem::absolute(path_).string()}, {file_ + "-wal"}, {file_ + "-shm"}}};
  files_[0].identity = file_identity(files_[0].path);
  int moved = 0;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (moved != 0) raise(SQLITE_READONLY_DBMOVED);  // between the opening and this look
}

void SqliteConnection::configure(const SqliteOptions& options) {
  sqlite3_extended_result_codes(handle_, 1);
  sqlite3_busy_handler(handle_, &SqliteConnection::on_busy, this);
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
  exec("PRAGMA temp_store=MEMORY");
  exec(options.durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  if (writable_ && sqlite3_db_readonly(handle_, "main") == 1) raise(SQLITE_READONLY);
  rlimit size{};
  size_limited_ = ::getrlimit(RLIMIT_FSIZE, &size) == 0 && size.rlim_cur != RLIM_INFINITY;
  if (options.max_pages > 0)
    exec(fmt::format("PRAGMA max_page_count={}", options.max_pages).c_str());
}

void SqliteConnection::check_damage() {
  Query check(*this, "PRAGMA integrity_check(1)");
  if (!check.step()) raise(SQLITE_CORRUPT);
  if (const std::string found = check.text(0); found != "ok") raise(SQLITE_CORRUPT, found.c_str());
}

SqliteConnection::~SqliteConnection() {
  statements_.clear();
  // The last one out leaves a single plain file that can be copied; refused at once while others
  // are in. Not when another file has this one's name by now: its log would be removed.
  patient_ = false;
  const FileSizeSignalBlock quiet;
  if (prepared_ && file_identity(files_[0].path) == files_[0].identity) {
    sqlite3_exec(handle_, "PRAGMA wal_checkpoint(TRUNCATE)", nullptr, nullptr, nullptr);
    sqlite3_exec(handle_, "PRAGMA journal_mode=DELETE", nullptr, nullptr, nullptr);
  }
  sqlite3_close_v2(handle_);
}

void SqliteConnection::begin(Access access) {
  if (access == Access::read) {
    if (standing_in_ && check_schema(*this)) {  // another program has made our tables
      stand_back(*this);
      standing_in_ = false;
    }
    return exec("BEGIN");
  }
  if (!prepared_ && writable_) prepare_for_writing();
  if (moved_) raise(SQLITE_READONLY_DBMOVED);
  if (size_limited_) quiet_.emplace();
  try {
    exec("BEGIN IMMEDIATE");  // takes the write lock at once, so that what is read stays true
  } catch (...) {
    quiet_.reset();  // there is no transaction whose end would do it
    throw;
  }
  busy_last_.reset();
}

void SqliteConnection::commit() {
  // A look costs some percent of a small transaction; where a result depends on it, the storage
  // asks for one of its own.
  const auto since = std::chrono::steady_clock::now() - place_checked_;
  if (since >= std::chrono::milliseconds(50) &&
      sqlite3_txn_state(handle_, "main") == SQLITE_TXN_WRITE)
    check_place();
  exec("COMMIT");
  quiet_.reset();
}

void SqliteConnection::rollback() noexcept {
  // After a full disk SQLite may have rolled back already.
  if (sqlite3_get_autocommit(handle_) == 0)
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  quiet_.reset();
}

void SqliteConnection::check_place() {
  const auto now = std::chrono::steady_clock::now();
  const bool all = now - side_files_checked_ >= std::chrono::seconds(1);
  const auto refuse = [this] {
    moved_ = true;
    raise(SQLITE_READONLY_DBMOVED);
  };
  for (OpenFile& file : files_) {
    const FileIdentity identity = file_identity(file.path);
    if (!file.identity.known()) file.identity = identity;
    if (identity != file.identity) refuse();
    if (!all) break;  // the database alone
  }
  if (all) {
    // What is written over the file keeps its identity; an older copy goes back in time.
    const std::uint32_t changes = file_changes();
    if (changes < file_changes_) refuse();
    file_changes_ = changes;
  }
  place_checked_ = now;
  if (all) side_files_checked_ = now;
}

// The counter of changes in the file itself (bytes 24 to 27 of SQLite's file format), which never
// falls; 0 where the file does not begin as a database. Through SQLite's own handle: to close
// another one would free this process's locks.
std::uint32_t SqliteConnection::file_changes() {
  constexpr char kMagic[] = "SQLite format 3";  // 16 bytes with its zero
  sqlite3_file* file = nullptr;
  std::array<char, 28> head{};
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (file == nullptr || file->pMethods == nullptr ||
      file->pMethods->xRead(file, head.data(), static_cast<int>(head.size()), 0) != SQLITE_OK ||
      !std::equal(std::begin(kMagic), std::end(kMagic), head.begin()))
    return 0;
  std::uint32_t changes = 0;
  for (std::size_t i = 24; i < 28; ++i)
    changes = changes << 8 | static_cast<unsigned char>(head[i]);
  return changes;
}

bool SqliteConnection::others_wrote() {
  Query query(*this, "PRAGMA data_version");
  const std::int64_t version = query.step() ? query.integer(0) : 0;
  return std::exchange(data_version_, version) != version;
}

std::int64_t SqliteConnection::now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

int SqliteConnection::on_busy(void* self, int attempt) {
  auto& connection = *static_cast<SqliteConnection*>(self);
  if (!connection.patient_) return 0;
  using Seconds = std::chrono::duration<double>;
  const auto now = std::chrono::steady_clock::now();
  const double limit = connection.busy_seconds_;
  if (!connection.busy_last_ || Seconds(now - *connection.busy_last_).count() > limit)
    connection.busy_since_ = now;
  connection.busy_last_ = now;
  if (Seconds(now - connection.busy_since_).count() >= limit) return 0;
  // Uneven pauses, so that no process is kept out for ever by another one's rhythm; short ones at
  // first, since a transaction takes about a tenth of a millisecond.
  const auto ticks = static_cast<unsigned long>(now.time_since_epoch().count());
  const auto most = 500UL << std::min(attempt, 4);
  std::this_thread::sleep_for(std::chrono::microseconds(100 + ticks / 1000 % most));
  return 1;
}

void SqliteConnection::raise(int code, const char* detail) const {
  const std::string shown = printable(path_);
  if (detail == nullptr)
    detail = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
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
      fail_store(
          "{}: the disk is full, or the file may grow no further (a quota, ulimit -f); what was "
          "stored before is intact",
          shown);
    case SQLITE_IOERR:
      fail_store(
          "{}: {}; check the disk, quotas and the limit on file sizes (ulimit -f); what was stored "
          "before is intact",
          shown, printable(detail));
    case SQLITE_NOTADB:
      fail_store(
          "{}: is not a SQLite database, so no study can be in it; restore a copy, move the file "
          "away, or name another one",
          shown);
    case SQLITE_CORRUPT:
      fail_store(
          "{}: is damaged ({}); restore a copy, or save what is left with `sqlite3 FILE .recover`",
          shown, printable(detail));
    case SQLITE_READONLY:
    case SQLITE_PERM:
      fail_store("{}: cannot be written; check the permissions of the file and its folder", shown);
    case SQLITE_CANTOPEN:
      fail_store("{}: cannot be opened; check that the folder exists and may be written", shown);
    default:
      break;
  }
  fail_store("{}: {}", shown, printable(detail));
}

void SqliteConnection::exec(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) raise(code);
}

void SqliteConnection::exec_when_free(const char* sql) {
  for (int attempt = 0;; ++attempt) {
    const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return busy_last_.reset();
    if ((code & 0xFF) != SQLITE_BUSY || on_busy(this, attempt) == 0) raise(code);
  }
}

SqlStatement& SqliteConnection::statement(const char* sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return *found->second;
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) raise(code);
  return *(statements_[sql] = std::make_unique<Statement>(*this, statement));
}

}  // namespace hone::tune
