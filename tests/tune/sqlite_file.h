// A storage on a SQLite file, and a second, plain connection to it.
#pragma once

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <memory>
#include <string>

#include "tune/storage/sql_storage.h"
#include "tune/storage/sqlite_connection.h"

inline std::unique_ptr<hone::tune::SqlStorage> open_file(
    const std::string& path, const hone::tune::SqliteOptions& options = {},
    double lease_seconds = 60) {
  return std::make_unique<hone::tune::SqlStorage>(
      std::make_unique<hone::tune::SqliteConnection>(path, options), lease_seconds);
}

class Raw {
 public:
  explicit Raw(const std::string& path) { REQUIRE(sqlite3_open(path.c_str(), &db_) == SQLITE_OK); }
  ~Raw() { sqlite3_close(db_); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  void run(const std::string& sql) {
    char* message = nullptr;
    const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &message);
    REQUIRE_MESSAGE(code == SQLITE_OK, (message != nullptr ? message : ""));
  }
  // All rows; columns joined by '|'.
  std::string rows(const std::string& sql) {
    std::string text;
    const auto collect = [](void* out, int n, char** values, char**) {
      for (int i = 0; i < n; ++i)
        *static_cast<std::string*>(out) +=
            std::string(i > 0 ? "|" : "") + (values[i] != nullptr ? values[i] : "");
      *static_cast<std::string*>(out) += "\n";
      return 0;
    };
    REQUIRE(sqlite3_exec(db_, sql.c_str(), collect, &text, nullptr) == SQLITE_OK);
    return text;
  }

 private:
  sqlite3* db_ = nullptr;
};
