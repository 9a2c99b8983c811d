// What the SQL storage needs of a database. SQLite is one (sqlite_connection.h); another database
// joins with one class and one line in open_storage.cpp.
//
// The statements are standard SQL that SQLite and PostgreSQL read alike, with ? for bound values;
// what stands in /*pg ... */ is for PostgreSQL, SQLite takes it for a comment: locks on rows, which
// the one lock of SQLite's write transactions makes needless, and the order of texts by their
// bytes. Tables are made and brought up to date by the connection, before anybody sees it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace hone::tune {

// A prepared statement; its connection keeps it. Parameters count from 1, columns from 0.
class SqlStatement {
 public:
  virtual ~SqlStatement() = default;
  virtual void bind(int index, std::int64_t value) = 0;
  virtual void bind(int index, double value) = 0;
  virtual void bind(int index, const std::string& value) = 0;
  virtual void bind_null(int index) = 0;
  // For one that changes rows: runs it to its end. A server may get it later, in its place among
  // the others, when the first result is asked for, or at the commit; its fault is told there.
  virtual void run() = 0;
  // How many rows run() has changed; waits for it.
  virtual std::int64_t changes() = 0;
  // For one that reads: its rows will be wanted, after others that are sent as well. They go to a
  // server together. Until its first step() nothing may be changed.
  virtual void send() = 0;
  // The next row; false at the end.
  virtual bool step() = 0;
  virtual void reset() noexcept = 0;
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual double number(int column) const = 0;
  virtual std::string text(int column) const = 0;  // NULL: empty
};

// One connection, used by one thread at a time. Every failure is a StoreError that names the
// database.
class SqlConnection {
 public:
  virtual ~SqlConnection() = default;
  virtual const std::string& name() const = 0;  // for messages: a path, or a URL without password
  // Prepared on first use and kept for ever, under its address: `sql` must stay as it is.
  virtual SqlStatement& statement(const char* sql) = 0;
  // The key of the row that the last statement of this connection has inserted.
  virtual std::int64_t last_key() = 0;
  // `read`: all reads until the end see one state. `write`: nobody else changes the rows that a
  // statement has locked (/*pg FOR UPDATE */) or written until then; on SQLite nobody writes at
  // all.
  enum class Access { read, write };
  virtual void begin(Access access) = 0;
  virtual void commit() = 0;
  virtual void rollback() noexcept = 0;
  // After a TransientError: whether the transaction, or the statement outside of one, should be
  // tried again; waits for what was in the way.
  virtual bool recover() noexcept { return false; }
  // Throws when what is written would be lost: the database was removed, moved or replaced.
  // commit() looks by itself, but not every time.
  virtual void check_place() = 0;
  // Somebody else has written since the last call (or may have).
  virtual bool others_wrote() = 0;
  // Its clock, in milliseconds since 1970.
  virtual std::int64_t now_ms() = 0;
  // While not set, a database that is locked is an error at once.
  virtual void set_patient(bool patient) noexcept = 0;
  // False: it may only be read.
  virtual bool writable() const = 0;
  // Where the workers of this database hold their locks; empty: they have leases alone.
  virtual std::string lock_path() const = 0;
};

// One run of a statement.
class Query {
 public:
  Query(SqlConnection& connection, const char* sql) : statement_(connection.statement(sql)) {}
  ~Query() { statement_.reset(); }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  template <class T>
  Query& bind(const T& value) {
    statement_.bind(next_++, value);
    return *this;
  }
  Query& bind_null() {
    statement_.bind_null(next_++);
    return *this;
  }
  void run() { statement_.run(); }
  std::int64_t changes() { return statement_.changes(); }
  void send() { statement_.send(); }
  bool step() { return statement_.step(); }
  bool is_null(int column) const { return statement_.is_null(column); }
  std::int64_t integer(int column) const { return statement_.integer(column); }
  double number(int column) const { return statement_.number(column); }
  std::string text(int column) const { return statement_.text(column); }

 private:
  SqlStatement& statement_;
  int next_ = 1;
};

// Rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(SqlConnection& connection,
                       SqlConnection::Access access = SqlConnection::Access::write)
      : connection_(connection) {
    connection.begin(access);
  }
  ~Transaction() {
    if (open_) connection_.rollback();
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() {
    connection_.commit();
    open_ = false;
  }

 private:
  SqlConnection& connection_;
  bool open_ = true;
};

}  // namespace hone::tune
