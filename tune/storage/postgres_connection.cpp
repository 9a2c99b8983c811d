// The PostgreSQL connection: statements, transactions whose end is always known, a server that goes
// away and comes back.
#include "tune/storage/postgres_connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/numbers.h"
#include "tune/storage/postgres_schema.h"
#include "tune/storage/rules.h"
#include "tune/storage/storage.h"

namespace hone::tune {
namespace {

constexpr Oid kInt8 = 20, kFloat8 = 701;  // of pg_type, fixed for ever

// "postgresql://user@host:5432/database", from what libpq understands of the URL.
std::string shown_name(const std::string& url) {
  char* complaint = nullptr;
  PQconninfoOption* options = PQconninfoParse(url.c_str(), &complaint);
  // The complaint may quote the password.
  PQfreemem(complaint);
  check(options != nullptr,
        "storage: the PostgreSQL URL cannot be read; it is postgresql://USER@HOST:PORT/DATABASE, "
        "with %XX for special characters");
  const auto value = [&](const char* key) {
    for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option)
      if (std::strcmp(option->keyword, key) == 0 && option->val != nullptr)
        return std::string(option->val);
    return std::string();
  };
  const std::string user = value("user"), host = value("host"), port = value("port");
  const std::string name = fmt::format("postgresql://{}{}{}{}/{}", user, user.empty() ? "" : "@",
                                       host, port.empty() ? "" : ":" + port, value("dbname"));
  PQconninfoFree(options);
  return name;
}

// ? becomes $1, $2, ...; what stands in /*pg ... */ is for us.
std::string translated(const char* sql) {
  std::string text(sql), out;
  for (const auto& [from, to] : {std::pair{"/*pg", " "}, {"*/", " "}})
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at))
      text.replace(at, std::strlen(from), to);
  int count = 0;
  for (const char c : text) out += c == '?' ? fmt::format("${}", ++count) : std::string(1, c);
  return out;
}

// The server says that it takes nobody now: it starts, it stops, or has too many connections.
bool is_full_or_starting(const std::string& state) { return state == "57P03" || state == "53300"; }

// The session is over: the connection failed, the server goes away or ends idle sessions.
bool is_away(const std::string& state) {
  return state.starts_with("08") || (state.starts_with("57P0") && state != "57P04") ||
         is_full_or_starting(state);
}

// What a server says to a connection that it refuses has its code in verbose messages alone, as
// "FATAL:  57P03: the database system is starting up". "": libpq itself met the fault.
std::string refusal_code(const std::string& message) {
  constexpr std::size_t kLength = 5;
  for (std::size_t at = message.find(":  "); at != std::string::npos;
       at = message.find(":  ", at + 1)) {
    const std::string code = message.substr(at + 3, kLength);
    const auto is_part = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
    if (code.size() == kLength && std::all_of(code.begin(), code.end(), is_part) &&
        message.compare(at + 3 + kLength, 2, ": ") == 0)
      return code;
  }
  return {};
}

// Seconds that the parameters of a connection give it; 0: any time.
int connect_timeout(PGconn* handle) {
  int seconds = 0;
  PQconninfoOption* options = PQconninfo(handle);
  for (const PQconninfoOption* o = options; o != nullptr && o->keyword != nullptr; ++o)
    if (std::strcmp(o->keyword, "connect_timeout") == 0 && o->val != nullptr)
      seconds = static_cast<int>(parse_int(o->val).value_or(0));
  PQconninfoFree(options);
  return seconds;
}

// Brings a connection that was begun to its end. False: it took too long.
bool finish_connecting(PGconn* handle) {
  using Clock = std::chrono::steady_clock;
  const int seconds = connect_timeout(handle);
  const auto end = Clock::now() + std::chrono::seconds(seconds);
  for (auto status = PGRES_POLLING_WRITING;
       status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED;
       status = PQconnectPoll(handle)) {
    pollfd socket{PQsocket(handle),
                  static_cast<short>(status == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    int left = -1;
    if (seconds > 0)
      left = static_cast<int>(
          std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count());
    if (seconds > 0 && left <= 0) return false;
    while (poll(&socket, 1, left) < 0 && errno == EINTR) {
    }
  }
  return true;
}

// The transaction may be tried again at once: a deadlock, a failed serialisation, two who made the
// same row at the same moment.
bool is_collision(const std::string& state) {
  return state == "40001" || state == "40P01" || state == "23505";
}

std::int64_t integer_of(const char* text) { return parse_int(text).value_or(0); }

}  // namespace

// Values travel as texts. A parameter's type is that of its first value where this is a number, so
// that it may be larger than the column it is compared with; else the server finds it out.
class PostgresConnection::Statement : public SqlStatement {
 public:
  Statement(PostgresConnection& connection, const char* sql)
      : connection_(connection), sql_(translated(sql)) {
    const auto count = static_cast<std::size_t>(std::count(sql, sql + std::strlen(sql), '?'));
    values_.resize(count);
    null_.assign(count, true);
    types_.assign(count, 0);
  }

  void bind(int index, std::int64_t value) override { set(index, fmt::format("{}", value), kInt8); }
  void bind(int index, double value) override { set(index, json_number(value), kFloat8); }
  void bind(int index, const std::string& value) override { set(index, value, 0); }
  void bind_null(int index) override { null_.at(at(index)) = true; }

  void run() override {
    send();
    if (!connection_.open_) connection_.collect();
  }
  std::int64_t changes() override { return integer_of(PQcmdTuples(result())); }
  void send() override {
    connection_.open_pipeline();
    if (name_.empty()) prepare();
    std::vector<const char*> values;
    for (std::size_t i = 0; i < values_.size(); ++i)
      values.push_back(null_[i] ? nullptr : values_[i].c_str());
    result_.reset();
    row_ = -1;
    run_ = connection_.next_run_++;
    connection_.pending_.push_back({this, run_});
    if (PQsendQueryPrepared(connection_.handle_, name_.c_str(), static_cast<int>(values.size()),
                            values.data(), nullptr, nullptr, 0) != 1)
      connection_.raise(nullptr);
  }
  bool step() override {
    if (run_ == 0) send();
    return ++row_ < PQntuples(result());
  }
  void reset() noexcept override {
    run_ = 0;
    result_.reset();
    std::fill(null_.begin(), null_.end(), true);
  }
  // What the server says at the end of a statement: "COMMIT".
  std::string command() { return PQcmdStatus(result()); }
  // Its session does not know it, or not any more.
  void forget() { name_.clear(); }
  // The result of a run, if that is still of interest.
  void deliver(std::int64_t run, Result result) {
    if (run == run_) result_ = std::move(result);
  }

  bool is_null(int column) const override { return PQgetisnull(result_.get(), row_, column) == 1; }
  std::int64_t integer(int column) const override {
    return is_null(column) ? 0 : integer_of(PQgetvalue(result_.get(), row_, column));
  }
  double number(int column) const override {
    if (is_null(column)) return 0;
    const char* text = PQgetvalue(result_.get(), row_, column);
    double value = 0;
    std::from_chars(text, text + std::strlen(text), value);
    return value;
  }
  std::string text(int column) const override {
    return {PQgetvalue(result_.get(), row_, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row_, column))};
  }

 private:
  static std::size_t at(int index) { return static_cast<std::size_t>(index) - 1; }
  void set(int index, std::string value, Oid type) {
    values_.at(at(index)) = std::move(value);
    null_[at(index)] = false;
    if (name_.empty()) types_[at(index)] = type;
  }
  void prepare() {
    connection_.pending_.push_back({this, 0});
    name_ = fmt::format("hone{}", connection_.next_statement_++);
    if (PQsendPrepare(connection_.handle_, name_.c_str(), sql_.c_str(),
                      static_cast<int>(values_.size()), types_.data()) != 1)
      connection_.raise(nullptr);
  }
  pg_result* result() {
    if (!result_) connection_.collect();
    return result_.get();
  }

  PostgresConnection& connection_;
  std::string sql_, name_;
  std::vector<std::string> values_;
  std::vector<bool> null_;
  std::vector<Oid> types_;
  std::int64_t run_ = 0;  // the last one that was sent; 0: none since reset()
  Result result_{nullptr, PQclear};
  int row_ = -1;
};

PostgresConnection::PostgresConnection(const std::string& url, const PostgresOptions& options)
    : url_(url), options_(options), name_(shown_name(url)), session_(new_token()) {
  try {
    bool connected = false;
    while (true) {
      try {
        if (!connected) connect();
        connected = true;
        prepare_session();
        if (!options.may_read_only) prepare_for_writing();
        break;
      } catch (const TransientError&) {  // it went away at this moment, or takes nobody now
        if (!connected && !refused_for_now_) throw;
        if (!recover()) throw;
        connected = true;
      }
    }
    retries_ = 0;
  } catch (...) {
    statements_.clear();
    PQfinish(handle_);
    throw;
  }
}

PostgresConnection::~PostgresConnection() {
  if (commits_ > 0 && !lost_)
    PQclear(
        PQexec(handle_, ("DELETE FROM hone_commits WHERE connection='" + session_ + "'").c_str()));
  statements_.clear();
  PQfinish(handle_);
}

void PostgresConnection::connect() {
  PQfinish(handle_);
  // The URL's own options come later and win. A peer that is silent for half a minute is gone.
  const std::pair<const char*, const char*> settings[] = {
      {"connect_timeout", "10"},    {"application_name", "hone"}, {"keepalives_idle", "10"},
      {"keepalives_interval", "5"}, {"keepalives_count", "4"},    {"tcp_user_timeout", "30000"},
      {"dbname", url_.c_str()},     {"client_encoding", "UTF8"}};
  std::vector<const char*> keys, values;
  for (const auto& [key, value] : settings) {
    keys.push_back(key);
    values.push_back(value);
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  handle_ = PQconnectStartParams(keys.data(), values.data(), 1);
  for (auto& [sql, statement] : statements_) statement->forget();
  pending_.clear();
  lock_timeout_.clear();
  open_ = writing_ = false;
  lost_ = false;
  refused_for_now_ = false;
  bool in_time = true;
  if (handle_ != nullptr && PQstatus(handle_) != CONNECTION_BAD) {
    PQsetErrorVerbosity(handle_, PQERRORS_VERBOSE);
    in_time = finish_connecting(handle_);
    PQsetErrorVerbosity(handle_, PQERRORS_DEFAULT);
  }
  if (handle_ == nullptr || PQstatus(handle_) != CONNECTION_OK) {
    std::string why = handle_ == nullptr ? "out of memory" : PQerrorMessage(handle_);
    const std::string code = refusal_code(why);
    refused_for_now_ = is_full_or_starting(code);
    if (!code.empty()) {  // the message, without the code and what stands behind it
      const std::size_t begin = why.find(code + ": ") + code.size() + 2;
      why = why.substr(begin, why.find('\n', begin) - begin) + ", code " + code;
    }
    if (!in_time) why = "no answer in time";
    while (!why.empty() && (why.back() == '\n' || why.back() == ' ')) why.pop_back();
    throw TransientError(
        fmt::format("{}: cannot be reached: {}", printable(name_), printable_lines(why)));
  }
  PQsetNoticeProcessor(
      handle_, [](void*, const char*) {}, nullptr);
}

void PostgresConnection::prepare_session() {
  exec("SET DateStyle='ISO'; SET extra_float_digits=1; SET standard_conforming_strings=on");
  if (options_.durable) exec("SET synchronous_commit=on");
  complete_ = schema_is_complete(*this, !options_.create || options_.may_read_only);
  standing_in_ = false;
  if (!complete_ && options_.may_read_only) {
    stand_in(*this);
    standing_in_ = true;
  }
}

void PostgresConnection::prepare_for_writing() {
  if (complete_ && !standing_in_) return;
  if (standing_in_) stand_back(*this);
  standing_in_ = false;
  make_schema(*this);
  complete_ = true;
  for (auto& [sql, statement] : statements_) statement->forget();  // of other tables now
}

PostgresConnection::Result PostgresConnection::run(const char* sql) {
  collect();
  return checked(PQexec(handle_, sql));
}

void PostgresConnection::exec(const std::string& sql) { run(sql.c_str()); }

PostgresConnection::Result PostgresConnection::checked(pg_result* result) {
  Result owned(result, PQclear);
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) raise(result);
  return owned;
}

void PostgresConnection::open_pipeline() {
  if (PQpipelineStatus(handle_) == PQ_PIPELINE_OFF && PQenterPipelineMode(handle_) != 1)
    raise(nullptr);
}

std::optional<PostgresConnection::Result> PostgresConnection::drain() noexcept {
  if (PQpipelineStatus(handle_) == PQ_PIPELINE_OFF) return {};
  std::optional<Result> fault;
  // Each statement has one result, and a null behind it; the end of all has one of its own.
  PQpipelineSync(handle_);
  for (const Pending& owed : pending_) {
    Result result(PQgetResult(handle_), PQclear);
    PQclear(PQgetResult(handle_));
    const ExecStatusType status = PQresultStatus(result.get());
    const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!good && owed.run == 0) owed.statement->forget();
    if (good && owed.run > 0)
      owed.statement->deliver(owed.run, std::move(result));
    else if (!good && !fault)
      fault = std::move(result);
  }
  pending_.clear();
  const Result end(PQgetResult(handle_), PQclear);
  if (!fault && PQresultStatus(end.get()) != PGRES_PIPELINE_SYNC) fault.emplace(nullptr, PQclear);
  if (PQexitPipelineMode(handle_) != 1) lost_ = true;
  return fault;
}

void PostgresConnection::collect() {
  if (const std::optional<Result> fault = drain()) raise(fault->get());
}

void PostgresConnection::raise(const pg_result* result) {
  const auto field = [&](int code) {
    const char* text = result == nullptr ? nullptr : PQresultErrorField(result, code);
    return std::string(text == nullptr ? "" : text);
  };
  const std::string shown = printable(name_), state = field(PG_DIAG_SQLSTATE);
  std::string what = field(PG_DIAG_MESSAGE_PRIMARY);
  if (what.empty()) what = PQerrorMessage(handle_);
  // What the server says has a code; without one it is libpq that met the end of the connection.
  lost_ = lost_ || PQstatus(handle_) != CONNECTION_OK || state.empty() || is_away(state);
  if (lost_)
    throw TransientError(fmt::format("{}: the connection was lost: {}", shown, printable(what)));
  if (is_collision(state)) throw TransientError(fmt::format("{}: {}", shown, printable(what)));
  if (state == "55P03")
    fail_store("{}: is locked by another program for more than {} s; end that program", shown,
               options_.busy_seconds);
  if (state == "53100")
    fail_store("{}: the disk of the server is full; what was stored before is intact", shown);
  if (state == "42501")
    fail_store("{}: {}; grant the rights, or use another user", shown, printable(what));
  fail_store("{}: {}, code {}", shown, printable(what), state);
}

void PostgresConnection::begin(Access access) {
  if (lost_ || PQstatus(handle_) != CONNECTION_OK)
    throw TransientError(fmt::format("{}: the connection was lost", printable(name_)));
  if (access == Access::read) {
    if (standing_in_ && schema_is_complete(*this, true)) {  // another program has made our tables
      stand_back(*this);
      standing_in_ = false;
      complete_ = true;
      for (auto& [sql, statement] : statements_) statement->forget();
    }
    open_ = true;
    Query(*this, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").run();
    return;
  }
  prepare_for_writing();
  set_lock_timeout(patient_ ? options_.busy_seconds : 0);
  open_ = writing_ = true;
  Query(*this, "BEGIN").run();
  // Rows of connections that have long been gone go with the first commit of another.
  if (commits_ == 0)
    Query(*this, "DELETE FROM hone_commits WHERE at_time < clock_timestamp() - interval '7 days'")
        .run();
  Query(*this,
        "INSERT INTO hone_commits VALUES (?, ?, clock_timestamp()) ON CONFLICT (connection) DO "
        "UPDATE SET number=EXCLUDED.number, at_time=EXCLUDED.at_time")
      .bind(session_)
      .bind(++commits_)
      .run();
}

void PostgresConnection::set_lock_timeout(double seconds) {
  const std::string timeout = fmt::format("{}ms", std::max(1.0, seconds * 1000));
  if (timeout != lock_timeout_) exec("SET lock_timeout='" + timeout + "'");
  lock_timeout_ = timeout;
}

void PostgresConnection::commit() {
  const bool writes = writing_;  // who connects anew has no transaction
  try {
    Statement& end = known("COMMIT");
    end.send();
    if (end.command() != "COMMIT")
      fail_store("{}: the transaction was rolled back by the server", printable(name_));
  } catch (const TransientError&) {
    if (!writes || !lost_ || !committed_after_all()) throw;
  }
  open_ = writing_ = false;
  retries_ = 0;
}

// Waits for the old session where the server still has it at work: for its new row, which
// inserting the same key meets, and for its change of a row.
bool PostgresConnection::committed_after_all() {
  while (recover()) {
    try {
      set_lock_timeout(options_.busy_seconds);
      exec(fmt::format(
          "INSERT INTO hone_commits VALUES ('{}', 0, clock_timestamp()) ON CONFLICT DO NOTHING",
          session_));
      const Result row = run(fmt::format("SELECT number FROM hone_commits WHERE connection='{}' "
                                         "FOR UPDATE",
                                         session_)
                                 .c_str());
      return PQntuples(row.get()) == 1 && integer_of(PQgetvalue(row.get(), 0, 0)) == commits_;
    } catch (const TransientError&) {
      // Away again.
    }
  }
  return false;
}

void PostgresConnection::rollback() noexcept {
  drain();
  if (!lost_ && PQtransactionStatus(handle_) != PQTRANS_IDLE) PQclear(PQexec(handle_, "ROLLBACK"));
  open_ = writing_ = false;
}

bool PostgresConnection::recover() noexcept {
  using Clock = std::chrono::steady_clock;
  constexpr int kMostCollisions = 200;
  try {
    if (!lost_ && PQstatus(handle_) == CONNECTION_OK &&
        PQtransactionStatus(handle_) == PQTRANS_IDLE) {
      // Uneven pauses, so that two who collided do not do so again.
      if (!patient_ || ++retries_ > kMostCollisions) return false;
      const auto ticks = static_cast<unsigned long>(Clock::now().time_since_epoch().count());
      std::this_thread::sleep_for(std::chrono::microseconds(200 + ticks / 1000 % 5000));
      return true;
    }
    const auto end = Clock::now() + std::chrono::duration<double>(options_.busy_seconds);
    for (auto pause = std::chrono::milliseconds(20);;
         pause = std::min(pause * 2, std::chrono::milliseconds(500))) {
      try {
        connect();
        prepare_session();
        return true;
      } catch (const TransientError&) {
        if (!patient_ || Clock::now() + pause >= end) return false;
      }
      std::this_thread::sleep_for(pause);
    }
  } catch (const std::exception&) {
    return false;
  }
}

std::int64_t PostgresConnection::last_key() {
  Query key(*this, "SELECT lastval()");
  key.step();
  return key.integer(0);
}

bool PostgresConnection::others_wrote() {
  try {
    Query now(*this, "SELECT pg_current_snapshot()");
    now.step();
    return std::exchange(snapshot_, now.text(0)) != snapshot_;
  } catch (const TransientError&) {
    return true;  // whoever reads now meets it and tries again
  }
}

std::int64_t PostgresConnection::now_ms() {
  Query now(*this, "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint");
  now.step();
  return now.integer(0);
}

SqlStatement& PostgresConnection::statement(const char* sql) { return known(sql); }

PostgresConnection::Statement& PostgresConnection::known(const char* sql) {
  std::unique_ptr<Statement>& statement = statements_[sql];
  if (!statement) statement = std::make_unique<Statement>(*this, sql);
  return *statement;
}

}  // namespace hone::tune
