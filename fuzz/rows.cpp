// Rows of a study's database that another program wrote: the input changes columns and adds rows of
// every table, then the study is listed, loaded and exported.
#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "base/files.h"
#include "fuzz/target.h"
#include "tune/study.h"

namespace {

using namespace hone::tune;

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
using Database = std::unique_ptr<sqlite3, Close>;

Database open(const std::filesystem::path& path) {
  sqlite3* raw = nullptr;
  fuzz::require(sqlite3_open(path.c_str(), &raw) == SQLITE_OK, "the database opens");
  return Database(raw);
}

// Takes the input apart; zeros follow its end.
class Input {
 public:
  explicit Input(fuzz::Bytes bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t value = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return value;
  }
  fuzz::Bytes some() {
    const std::size_t size = std::min<std::size_t>(byte(), bytes_.size());
    const fuzz::Bytes part = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return part;
  }
  template <class T>
  T number() {
    T value{};
    const std::size_t size = std::min(sizeof value, bytes_.size());
    std::memcpy(&value, bytes_.data(), size);
    bytes_ = bytes_.subspan(size);
    return value;
  }

 private:
  fuzz::Bytes bytes_;
};

struct Table {
  std::string name;
  std::vector<std::string> columns;
};

std::string quoted(const std::string& name) { return '"' + name + '"'; }

void bind(sqlite3_stmt* statement, int index, Input& input) {
  switch (input.byte() % 6) {
    case 0:
      sqlite3_bind_null(statement, index);
      break;
    case 1:
      sqlite3_bind_int(statement, index, input.byte());
      break;
    case 2:
      sqlite3_bind_int64(statement, index, input.number<std::int64_t>());
      break;
    case 3:
      sqlite3_bind_double(statement, index, input.number<double>());
      break;
    case 4: {
      const fuzz::Bytes text = input.some();
      sqlite3_bind_text(statement, index, reinterpret_cast<const char*>(text.data()),
                        static_cast<int>(text.size()), SQLITE_TRANSIENT);
      break;
    }
    default: {
      const fuzz::Bytes blob = input.some();
      sqlite3_bind_blob(statement, index, blob.data(), static_cast<int>(blob.size()),
                        SQLITE_TRANSIENT);
    }
  }
}

// A folder with the database of a small study; `pristine` are the bytes it begins with each time.
struct Scene {
  std::filesystem::path folder, file;
  std::vector<std::uint8_t> pristine;
  std::vector<Table> tables;

  Scene() {
    std::string name = "/dev/shm/hone_fuzz_rows_XXXXXX";
    fuzz::require(::mkdtemp(name.data()) != nullptr, "a folder in memory");
    folder = name;
    file = folder / "study.db";
    make_study();
    const Database database = open(file);
    run(database, "PRAGMA journal_mode=DELETE");
    read_tables(database);
    pristine = hone::read_file(file, 1 << 24);
  }
  ~Scene() { std::filesystem::remove_all(folder); }

  std::string url() const { return "sqlite:///" + file.string(); }

  void make_study() const {
    Study study = Study::open({.storage = url(), .name = "study", .seed = 1});
    study.set_user_attr("key", std::string("value"));
    for (int i = 0; i < 3; ++i) {
      Trial trial = study.ask();
      trial.suggest_float("x", 0, 1);
      trial.suggest_int("n", 1, 8);
      trial.suggest_value("c", {std::string("a"), true, std::int64_t{3}});
      trial.set_user_attr("note", std::string("text"));
      trial.report(0, 0.5);
      study.tell(trial, Outcome::complete(i));
    }
    study.enqueue({{"x", 0.25}});
  }

  static void run(const Database& database, const std::string& sql) {
    sqlite3_exec(database.get(), sql.c_str(), nullptr, nullptr, nullptr);
  }

  void read_tables(const Database& database) {
    const auto add = [](void* user, int, char** values, char**) {
      static_cast<std::vector<std::string>*>(user)->emplace_back(values[0]);
      return 0;
    };
    std::vector<std::string> names;
    sqlite3_exec(database.get(), "SELECT name FROM sqlite_master WHERE type='table' ORDER BY name",
                 add, &names, nullptr);
    for (const std::string& name : names) {
      Table table{name, {}};
      const std::string sql = "SELECT name FROM pragma_table_info('" + name + "')";
      sqlite3_exec(database.get(), sql.c_str(), add, &table.columns, nullptr);
      tables.push_back(table);
    }
    fuzz::require(tables.size() > 8, "the tables of a study");
  }

  // One change: a column of a row, a new row, or a row less. What SQLite refuses does not happen.
  void change(const Database& database, Input& input) const {
    const std::uint8_t kind = input.byte() % 4;
    const Table& table = tables[input.byte() % tables.size()];
    std::string sql;
    if (kind < 2) {
      const std::string& column = table.columns[input.byte() % table.columns.size()];
      sql = "UPDATE " + table.name + " SET " + quoted(column) + "=? WHERE rowid=?";
    } else if (kind == 2) {
      sql = "DELETE FROM " + table.name + " WHERE rowid=?";
    } else {
      std::string marks;
      for (std::size_t i = 0; i < table.columns.size(); ++i) marks += i == 0 ? "?" : ", ?";
      sql = "INSERT INTO " + table.name + " VALUES (" + marks + ")";
    }
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database.get(), sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
      return;
    if (kind == 2) {
      sqlite3_bind_int(statement, 1, input.byte() % 16);
    } else {
      const int count = sqlite3_bind_parameter_count(statement);
      for (int i = 1; i <= count; ++i)
        if (kind < 2 && i == count)
          sqlite3_bind_int(statement, i, input.byte() % 16);
        else
          bind(statement, i, input);
    }
    sqlite3_step(statement);
    sqlite3_finalize(statement);
  }

  void prepare(Input& input) const {
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      std::filesystem::remove(entry.path());
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    fuzz::require(
        ::write(fd, pristine.data(), pristine.size()) == static_cast<ssize_t>(pristine.size()),
        "the file is written");
    ::close(fd);
    const Database database = open(file);
    run(database, "PRAGMA synchronous=OFF");
    run(database, "BEGIN");
    for (int i = 0; i < 16 && !input.empty(); ++i) change(database, input);
    run(database, "COMMIT");
  }
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Scene scene;
  using hone::ErrorKind;
  Input input({data, size});
  scene.prepare(input);
  const std::string name = scene.file.string();
  fuzz::refusing({ErrorKind::storage}, name, [&] { Study::list(scene.url()); });
  fuzz::refusing({ErrorKind::storage, ErrorKind::usage}, name, [&] {
    const Study study = Study::load(scene.url(), "study");
    fuzz::require(study.name() == "study", "the study has the name that was asked for");
    for (const TrialRecord& trial : study.trials())
      fuzz::require(trial.number >= 0, "trials have numbers");
    study.trials_csv();
    study.trials_json();
    study.attributes();
  });
  // Going on writes: the queue, trials of others, what a trial saw. What the rows say may be
  // against the options or hold a trial for long; it ends all the same.
  fuzz::refusing({ErrorKind::storage, ErrorKind::usage}, "", [&] {
    Study study = Study::open(
        {.storage = scene.url(), .name = "study", .seed = 1, .take_over = true, .log = {}});
    study.optimize(Objective([](Trial& trial) {
                     const double x = trial.suggest_float("x", 0, 1);
                     trial.suggest_int("n", 1, 8);
                     trial.report(0, x);
                     return trial.number() % 2 == 0 ? Outcome::interrupted() : Outcome::complete(x);
                   }),
                   {.trials = 6, .timeout_seconds = 0.2, .max_failures = 0});
  });
  return 0;
}
