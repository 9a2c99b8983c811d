// The PostgreSQL server of a test run: postgres_test.sh has started it. Without it, what needs a
// server is left out.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "tests/test_paths.h"

class PostgresServer {
 public:
  static std::optional<PostgresServer> get() {
    const char* folder = std::getenv("HONE_TEST_POSTGRES");
    if (folder == nullptr) return std::nullopt;
    return PostgresServer(folder);
  }
  // The URL of a new, empty database.
  std::string new_database() const {
    static int count = 0;
    const std::string name = fmt::format("test_{}_{}", ::getpid(), count++);
    rows(url_of("postgres"), "CREATE DATABASE " + name);
    return url_of(name);
  }
  // psql's answer to one command: rows, columns joined by '|'.
  std::string rows(const std::string& url, const std::string& sql) const {
    return output(fmt::format("psql -X -q -t -A '{}' -c \"{}\" 2>&1", url, sql));
  }
  // Ends the server as a crash would, and starts it again.
  void restart() const {
    output(fmt::format("bash {}/tests/tune/postgres_server.sh restart {}", hone::test::source_dir(),
                       folder_));
  }

 private:
  explicit PostgresServer(std::string folder) : folder_(std::move(folder)) {}
  std::string url_of(const std::string& database) const {
    return fmt::format("postgresql://postgres@/{}?host={}", database, folder_);
  }
  static std::string output(const std::string& command) {
    std::string text;
    FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return text;
    std::array<char, 4096> buffer;
    while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe))
      text.append(buffer.data(), size);
    ::pclose(pipe);
    return text;
  }

  std::string folder_;
};
