// Studies in a PostgreSQL database, in Optuna's schema: Python programs open it, continue it and
// share it. Several workers on several machines is what it is for.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tune/storage/sql_connection.h"

struct pg_conn;
struct pg_result;

namespace hone::tune {

struct PostgresOptions {
  bool create = true;          // false: a database without tables of studies is an error
  bool may_read_only = false;  // nothing is made or changed before something is to be written
  bool durable = false;        // synchronous_commit is turned on where the server has it off
  // How long to wait for a lock, or for a server that went away to come back.
  double busy_seconds = 20;
};

// The connection survives a server that restarts: what was under way is done again (recover()).
// Whether a transaction whose commit got no answer took place is read from the table hone_commits,
// where each transaction that writes leaves its number, before anything else: so the row is locked
// until its end. PostgreSQL's own txid_status() cannot say: a server that crashed gives the numbers
// of transactions whose log was not written to others.
class PostgresConnection final : public SqlConnection {
 public:
  // `url` as libpq takes it (postgresql://user@host:port/database?options). A password may stand in
  // it, better in the places that libpq knows (PGPASSWORD, ~/.pgpass); no message shows it.
  PostgresConnection(const std::string& url, const PostgresOptions& options);
  ~PostgresConnection() override;
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  const std::string& name() const override { return name_; }
  SqlStatement& statement(const char* sql) override;
  std::int64_t last_key() override;
  void begin(Access access) override;
  void commit() override;
  void rollback() noexcept override;
  void check_place() override {}  // the place is a server's
  bool others_wrote() override;
  std::int64_t now_ms() override;
  void set_patient(bool patient) noexcept override { patient_ = patient; }
  bool writable() const override { return true; }
  std::string lock_path() const override { return ""; }  // workers have leases alone
  bool recover() noexcept override;

  // Runs statements that return nothing of interest. `sql` is text of ours, never of a user.
  void exec(const std::string& sql);

 private:
  class Statement;
  using Result = std::unique_ptr<pg_result, void (*)(pg_result*)>;
  // What the server still owes an answer to: a run of a statement, or (run 0) its preparation.
  struct Pending {
    Statement* statement = nullptr;
    std::int64_t run = 0;
  };

  Statement& known(const char* sql);
  void connect();
  // Settings of a session, and what a database that hone has not written to lacks for reading.
  void prepare_session();
  void prepare_for_writing();
  Result run(const char* sql);
  // The result, when it is good; else the StoreError that stands for it.
  Result checked(pg_result* result);
  // Statements wait in libpq's pipeline until a result is wanted, and go to the server together:
  // there it is the way to and fro that costs. From here on the pipeline is open.
  void open_pipeline();
  // Sends what waits, hands out the results and closes the pipeline. After the first fault the
  // server has left out the rest; the fault is returned (no result: the connection is lost).
  std::optional<Result> drain() noexcept;
  // The same; throws the fault.
  void collect();
  [[noreturn]] void raise(const pg_result* result);
  bool committed_after_all();
  // Sets how long a statement waits for a lock; 0: hardly.
  void set_lock_timeout(double seconds);

  const std::string url_;
  const PostgresOptions options_;
  std::string name_;
  pg_conn* handle_ = nullptr;
  bool complete_ = false;         // the tables are there, ours too
  bool standing_in_ = false;      // temporary ones are, in their place
  bool refused_for_now_ = false;  // the server answered, and takes nobody at this moment
  bool lost_ = false;             // the connection; libpq may not have noticed
  bool patient_ = true;
  std::string lock_timeout_;
  const std::string session_;  // the key of our row in hone_commits
  std::int64_t commits_ = 0;   // the number there of the last transaction that was to be committed
  bool open_ = false;          // a transaction is
  bool writing_ = false;       // one that writes
  std::string snapshot_;       // of the last look
  int retries_ = 0;            // since something went well
  int next_statement_ = 0;
  std::int64_t next_run_ = 1;
  std::vector<Pending> pending_;
  std::unordered_map<const char*, std::unique_ptr<Statement>> statements_;
};

}  // namespace hone::tune
